"""Orders about many packs: retire, recall, release. Chosen once, carried out in short transactions, resumed by a retry."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditedChange, record_all
from navswap.features.network.documents import FleetOrder
from navswap.features.network.errors import BadPackFilterError
from navswap.features.packs.service import (
    Change,
    Condition,
    PackAction,
    PackFilter,
    PackService,
    PlaceKind,
    WithdrawalService,
)
from navswap.features.stations.service import StationService
from navswap.infra.idempotency import IdempotencyConflictError
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
    PackAction.RETIRE: "retirePacks",
    PackAction.RECALL: "recallPacks",
    PackAction.RELEASE: "releasePacks",
}


@dataclass(frozen=True, slots=True)
class FleetRequest:
    """What is to be done with which packs, at most `limit` of them, and why."""

    deed: PackAction
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
        packs: PackService,
        withdrawals: WithdrawalService,
    ) -> None:
        self._promised_soc_percent = float(settings.promised_soc_percent)
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._packs = packs
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
            changes = await self._withdrawals.change(
                order.deed, serial_numbers, order.id, order.reason, session
            )
            if not changes:
                return
            await record_all(
                session,
                self._clock.now(),
                by,
                ACTION_OF_DEED[order.deed],
                [_noted(order, change) for change in changes],
            )
            for station_id in _stations_of(changes):
                packs = await self._packs.count(station_id, self._promised_soc_percent, session)
                await self._stations.record_packs(station_id, packs, session)
            held = [change.after.id for change in changes if change.breaks_hold]
            await FleetOrder.note_changed(order.id, [change.after.id for change in changes], held, session)

        await self._mongo.in_transaction(work)


def _noted(order: FleetOrder, change: Change) -> AuditedChange:
    return AuditedChange(
        subject=("Pack", change.after.id),
        before={"condition": change.before.condition},
        after={"condition": change.after.condition, "reason": order.reason, "order_id": order.id},
    )


def _batches(serial_numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(serial_numbers), BATCH):
        yield serial_numbers[start : start + BATCH]


def _stations_of(changes: Iterable[Change]) -> list[str]:
    """Return the stations in whose slots packs are, each once and in order."""
    places = (change.after.place for change in changes)
    return sorted({place.holder_id for place in places if place.kind is PlaceKind.SLOT})
