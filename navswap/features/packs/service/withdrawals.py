"""Withdrawals: packs that are retired or recalled, and recalled ones that are released."""

from collections.abc import Sequence
from dataclasses import dataclass

from navswap.events.outbox import Outbox
from navswap.features.packs.domain import fitness
from navswap.features.packs.domain.fitness import Order, PackAction
from navswap.features.packs.domain.values import Pack
from navswap.features.packs.service.broken_holds import look_after
from navswap.features.packs.storage import PackFilter, Packs
from navswap.features.stations.service import BrokenHolds
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Change:
    """A pack before and after an action."""

    before: Pack
    after: Pack

    @property
    def breaks_hold(self) -> bool:
        """Return whether the pack is held for a rider."""
        return self.after.held_by is not None


class WithdrawalService:
    """Takes packs out of use and gives them back; where one is, and for whom it is held, stays as it is.

    Holds of such packs move in the same transaction.
    """

    def __init__(self, clock: Clock, outbox: Outbox, broken_holds: BrokenHolds) -> None:
        self._clock = clock
        self._outbox = outbox
        self._broken_holds = broken_holds

    async def count(self, action: PackAction, wanted: PackFilter) -> int:
        """Return how many packs an action would change."""
        return await Packs.count_changeable(action, wanted)

    async def choose(self, action: PackAction, wanted: PackFilter, limit: int) -> list[str]:
        """Return the serial numbers of packs that an action would change, the least healthy ones, by where they are."""
        return await Packs.choose(action, wanted, limit)

    async def change(
        self,
        action: PackAction,
        serial_numbers: Sequence[str],
        order_id: str,
        reason: str,
        session: Session,
    ) -> list[Change]:
        """Change packs and publish it; those that can no longer be changed so are left out."""
        now = self._clock.now()
        found = await Packs.find_by_ids(serial_numbers, session)
        order = Order(order_id, reason, now)
        decided = [fitness.carry_out(pack, action, order) for pack in found.values()]
        changes = [transition for transition in decided if transition.is_change]
        await Packs.apply_all(changes, session)
        look_after(changes, self._broken_holds, session)
        await self._outbox.publish(session, now, *(fact for change in changes for fact in change.facts))
        return [Change(change.before, change.after) for change in changes if change.before is not None]
