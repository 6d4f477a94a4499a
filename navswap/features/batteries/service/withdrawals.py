"""Withdrawals: packs that are retired or recalled, and recalled ones that are released."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from navswap.events.outbox import publish
from navswap.features.batteries.documents import Battery, Condition, PlaceKind, Withdrawal
from navswap.features.batteries.events import PackConditionChanged, PackRecalled, PackReleased, PackRetired
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
        return await Battery.count_matching(wanted.to_query(deed))

    async def choose(self, deed: Deed, wanted: PackFilter, limit: int) -> list[str]:
        """Return the serial numbers of packs that a deed would change, the least healthy ones, by where they are."""
        return await Battery.choose(wanted.to_query(deed), limit)

    async def change(
        self, deed: Deed, serial_number: str, order_id: str, reason: str, session: Session
    ) -> tuple[Battery, Battery] | None:
        """Change one pack and tell it; returns it before and after, None where it can no longer be changed so."""
        before = await Battery.read(serial_number, session)
        if before is None or before.condition not in CHANGEABLE[deed]:
            return None
        now = self._clock.now()
        fitness = before.condition if before.withdrawal is None else before.withdrawal.fitness
        withdrawal = Withdrawal(order_id=order_id, reason=reason, withdrawn_at=now, fitness=fitness)
        condition, values = {
            Deed.RETIRE: (Condition.RETIRED, withdrawal),
            Deed.RECALL: (Condition.RECALLED, withdrawal),
            Deed.RELEASE: (fitness, None),
        }[deed]
        after = await Battery.withdraw(before, condition, values, session)
        if after is not None:
            await publish(session, now, EVENT_OF_DEED[deed].of(after, order_id))
        return None if after is None else (before, after)
