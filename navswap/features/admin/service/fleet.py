"""Orders about many packs: retire, recall, release. Chosen once, carried out in short transactions, resumed by a retry."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.journal import note
from navswap.features.admin.documents import FleetOrder
from navswap.features.admin.errors import BadPackFilterError
from navswap.features.batteries.service import (
    Battery,
    BatteryService,
    Condition,
    Deed,
    PackFilter,
    PlaceKind,
    WithdrawalService,
)
from navswap.features.stations.service import StationService
from navswap.features.swapping.errors import IdempotencyConflictError
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id
from navswap.settings import Settings

MOST_PACKS = 500
"""Most packs of one order."""
MOST_SERIAL_NUMBERS = 500
BATCH = 20
"""Packs of one transaction: few, so that it seldom conflicts with riders at the same stations."""

ACTION_OF_DEED = {
    Deed.RETIRE: "retirePacks",
    Deed.RECALL: "recallPacks",
    Deed.RELEASE: "releasePacks",
}


@dataclass(frozen=True, slots=True)
class FleetRequest:
    """What is to be done with which packs, at most `limit` of them, and why."""

    deed: Deed
    packs: PackFilter
    reason: str
    limit: int
    idempotency_key: str

    def described(self) -> dict[str, Any]:
        """Return what a retry has in common with the first request."""
        return {
            "packs": asdict(self.packs) | {"serial_numbers": list(self.packs.serial_numbers)},
            "reason": self.reason,
            "limit": self.limit,
        }


class FleetService:
    """Takes packs out of use by a filter, and gives them back."""

    def __init__(
        self,
        settings: Settings,
        mongo: Mongo,
        clock: Clock,
        stations: StationService,
        batteries: BatteryService,
        withdrawals: WithdrawalService,
    ) -> None:
        self._promised_soc_percent = float(settings.promised_soc_percent)
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._batteries = batteries
        self._withdrawals = withdrawals

    async def count(self, request: FleetRequest) -> int:
        """Return how many packs a request means, changing none.

        Raises BadPackFilterError, StationNotFoundError.
        """
        await self._check(request)
        return await self._withdrawals.count(request.deed, request.packs)

    async def carry_out(self, request: FleetRequest, by: Principal) -> FleetOrder:
        """Change the packs that a request means; the same key again goes on with those chosen then.

        A pack that was changed otherwise meanwhile is left out. Holds that rest on a pack move by its event. Raises
        BadPackFilterError, StationNotFoundError, IdempotencyConflictError.
        """
        order = await self._find_or_give(request, by)
        left = [one for one in order.chosen if one not in set(order.changed)]
        for batch in _batches(left):
            await self._change(order, batch, by)
        return await FleetOrder.read(order.id)

    async def _find_or_give(self, request: FleetRequest, by: Principal) -> FleetOrder:
        """Return the order of a key, new where there was none."""
        if (earlier := await self._find_earlier(request, by)) is not None:
            return earlier
        await self._check(request)
        order = FleetOrder(
            id=new_id(),
            deed=request.deed,
            wanted=request.described(),
            reason=request.reason,
            made_by=by.user_id,
            idempotency_key=request.idempotency_key,
            made_at=self._clock.now(),
            matched_packs=await self._withdrawals.count(request.deed, request.packs),
            chosen=await self._withdrawals.choose(request.deed, request.packs, request.limit),
        )
        try:
            await order.insert()
        except DuplicateKeyError:
            if (earlier := await self._find_earlier(request, by)) is not None:
                return earlier
            raise
        return order

    async def _find_earlier(self, request: FleetRequest, by: Principal) -> FleetOrder | None:
        earlier = await FleetOrder.find_by_key(by.user_id, request.idempotency_key)
        if earlier is not None and (earlier.deed, earlier.wanted) != (request.deed, request.described()):
            raise IdempotencyConflictError(
                "This idempotency key was used for another order; use a new key for a new order."
            )
        return earlier

    async def _check(self, request: FleetRequest) -> None:
        wanted = request.packs
        if wanted in {PackFilter(), PackFilter(condition=Condition.FIT)}:
            raise BadPackFilterError("Say which packs more narrowly: this would mean the whole fleet.")
        if len(wanted.serial_numbers) > MOST_SERIAL_NUMBERS or not 1 <= request.limit <= MOST_PACKS:
            raise BadPackFilterError(
                f"Name at most {MOST_SERIAL_NUMBERS} serial numbers, and change 1 to {MOST_PACKS} packs at once."
            )
        health, cycles = wanted.soh_below_percent, wanted.cycles_above
        if (health is not None and not 0 < health <= 100) or (cycles is not None and cycles < 0):
            raise BadPackFilterError("A health is above 0 and at most 100 %, and cycles are at least 0.")
        if wanted.station_id is not None:
            await self._stations.get(wanted.station_id)

    async def _change(self, order: FleetOrder, serial_numbers: Sequence[str], by: Principal) -> None:
        async def work(session: Session) -> None:
            changed = [
                pair
                for one in serial_numbers
                if (pair := await self._withdrawals.change(order.deed, one, order.id, order.reason, session))
                is not None
            ]
            for before, after in changed:
                await self._write_down(order, before, after, by, session)
            for station_id in _stations_of(after for _, after in changed):
                packs = await self._batteries.count(station_id, self._promised_soc_percent, session)
                await self._stations.record_packs(station_id, packs, session)
            held = [after.id for _, after in changed if after.held_by is not None]
            await FleetOrder.note_changed(order.id, [after.id for _, after in changed], held, session)

        await self._mongo.in_transaction(work)

    async def _write_down(
        self, order: FleetOrder, before: Battery, after: Battery, by: Principal, session: Session
    ) -> None:
        await note(
            session,
            self._clock.now(),
            by,
            ACTION_OF_DEED[order.deed],
            ("Battery", after.id),
            before={"condition": before.condition},
            after={"condition": after.condition, "reason": order.reason, "order_id": order.id},
        )


def _batches(serial_numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(serial_numbers), BATCH):
        yield serial_numbers[start : start + BATCH]


def _stations_of(packs: Iterator[Battery]) -> list[str]:
    """Return the stations in whose slots packs are, each once, in one order for all, so that none waits in a ring."""
    return sorted({pack.place.holder_id for pack in packs if pack.place.kind is PlaceKind.SLOT})
