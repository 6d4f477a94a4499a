"""Withdrawals: packs that are retired or recalled, and recalled ones that are released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from navswap.events.envelope import DomainEvent
from navswap.events.outbox import publish
from navswap.features.packs.documents import Condition, Pack, PlaceKind, Withdrawal
from navswap.features.packs.events import (
    PackConditionChanged,
    PackHoldBroken,
    PackRecalled,
    PackReleased,
    PackRetired,
)
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock


class Deed(StrEnum):
    """What is done with packs."""

    RETIRE = "RETIRE"
    RECALL = "RECALL"
    RELEASE = "RELEASE"


CHANGEABLE: dict[Deed, tuple[Condition, ...]] = {
    Deed.RETIRE: (Condition.FIT, Condition.FAULTY, Condition.RECALLED),
    Deed.RECALL: (Condition.FIT, Condition.FAULTY),
    Deed.RELEASE: (Condition.RECALLED,),
}
"""The conditions in which a pack can be changed so; nothing leads out of RETIRED."""

EVENT_OF_DEED: dict[Deed, type[PackConditionChanged]] = {
    Deed.RETIRE: PackRetired,
    Deed.RECALL: PackRecalled,
    Deed.RELEASE: PackReleased,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A pack before and after."""

    before: Pack
    after: Pack

    @property
    def breaks_hold(self) -> bool:
        """Tell whether a rider was promised the pack."""
        return self.after.held_by is not None


@dataclass(frozen=True, slots=True)
class PackFilter:
    """Which packs are meant; everything given must hold."""

    serial_numbers: tuple[str, ...] = ()
    soh_below_percent: float | None = None
    cycles_above: int | None = None
    station_id: str | None = None
    condition: Condition | None = None

    def to_query(self, deed: Deed) -> dict[str, Any]:
        """Return the condition for packs that a deed can change."""
        able = [one for one in CHANGEABLE[deed] if self.condition in {None, one}]
        wanted: dict[str, Any] = {"condition": {"$in": able}}
        if self.serial_numbers:
            wanted["_id"] = {"$in": list(self.serial_numbers)}
        if self.soh_below_percent is not None:
            wanted["soh_percent"] = {"$lt": self.soh_below_percent}
        if self.cycles_above is not None:
            wanted["cycles"] = {"$gt": self.cycles_above}
        if self.station_id is not None:
            wanted |= {"place.kind": PlaceKind.SLOT, "place.holder_id": self.station_id}
        return wanted


class WithdrawalService:
    """Takes packs out of use and gives them back; where one is, and for whom it is held, stays as it is.

    Who holds packs for others hears of it by the event and moves what rests on them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def count(self, deed: Deed, wanted: PackFilter) -> int:
        """Return how many packs a deed would change."""
        return await Pack.count_matching(wanted.to_query(deed))

    async def choose(self, deed: Deed, wanted: PackFilter, limit: int) -> list[str]:
        """Return the serial numbers of packs that a deed would change, the least healthy ones, by where they are."""
        return await Pack.choose(wanted.to_query(deed), limit)

    async def change(
        self, deed: Deed, serial_numbers: Sequence[str], order_id: str, reason: str, session: Session
    ) -> list[Change]:
        """Change packs and tell it; those that can no longer be changed so are left out."""
        now = self._clock.now()
        read = await Pack.read_all(serial_numbers, session)
        changes = [
            Change(pack, _changed(pack, deed, order_id, reason, now))
            for pack in read
            if pack.condition in CHANGEABLE[deed]
        ]
        if not changes:
            return []
        await Pack.withdraw([one.after for one in changes], session)
        events: list[DomainEvent] = [EVENT_OF_DEED[deed].of(one.after, order_id) for one in changes]
        if deed is not Deed.RELEASE:
            events += [PackHoldBroken.of(one.after) for one in changes if one.breaks_hold]
        await publish(session, now, *events)
        return changes


def _changed(pack: Pack, deed: Deed, order_id: str, reason: str, now: datetime) -> Pack:
    """Return a pack as a deed leaves it."""
    fitness = pack.condition if pack.withdrawal is None else pack.withdrawal.fitness
    withdrawal = Withdrawal(order_id=order_id, reason=reason, withdrawn_at=now, fitness=fitness)
    condition, why = {
        Deed.RETIRE: (Condition.RETIRED, withdrawal),
        Deed.RECALL: (Condition.RECALLED, withdrawal),
        Deed.RELEASE: (fitness, None),
    }[deed]
    changed: Pack = pack.model_copy(
        update={"condition": condition, "withdrawal": why, "revision": pack.revision + 1}
    )
    return changed
