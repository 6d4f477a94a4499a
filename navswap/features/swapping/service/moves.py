"""Moves: holds that can no longer be kept go to other packs or stations, or end with a compensation."""

from collections.abc import Sequence

from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.stations.service import Near, StationFilter, StationReader, StationState, gives_holds
from navswap.features.swapping.domain import lifecycle, moves
from navswap.features.swapping.domain.lifecycle import Destination, MoveReason
from navswap.features.swapping.domain.moves import Reassignment
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import MoveCause, QueueEntry
from navswap.features.swapping.service.recording import QueueRecorder, WantedPacks
from navswap.features.swapping.service.station_packs import StationPacks, held_packs
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition

Stations = dict[str, StationPacks]

WHY_COMPENSATED = {
    MoveCause.FAULT: "A fault at the station ended your hold.",
    MoveCause.PACK_WITHDRAWN: "The pack that you held was withdrawn.",
    MoveCause.STATION_CLOSED: "The station of your hold was closed.",
}


class MoveService:
    """Keeps promises when a fault, an order or a closed station takes away what they depend on."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        queue: QueueRecorder,
        ledger: CreditService,
        parameters: SwappingParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._queue = queue
        self._ledger = ledger
        self._parameters = parameters

    async def reassign_broken_holds(
        self, station_id: str, reason: MoveReason, session: Session
    ) -> list[QueueEntry]:
        """Move or end the holds at a station that can no longer be kept, first come, first served.

        What the station is now decides, not what happened then: a second call changes nothing.
        """
        entries = await QueueEntries.list_queue(station_id, session)
        if not entries:
            return []
        origin = await self._queue.read(station_id, session)
        promise = max(entry.promised_soc_percent for entry in entries)
        holding = origin.as_holding(promise)
        broken = [
            entry for entry in entries if not moves.can_be_kept(entry, holding, origin.usable_by(entry.id))
        ]
        if not broken:
            return []
        held = [pack for entry in broken for pack in origin.held_by(entry.id)]
        origin = await self._queue.release(held, origin, session)
        plan, stations = await self._plan(broken, origin, promise, session)
        changed = []
        for step in plan:
            transition, stations = await self._carry_out(step, stations, reason, session)
            changed.append(transition.after)
        return changed

    async def _plan(
        self, broken: Sequence[QueueEntry], origin: StationPacks, promise: float, session: Session
    ) -> tuple[list[Reassignment], Stations]:
        """Return what becomes of each hold, and the stations concerned as the transaction sees them.

        Stations near are read one by one, the nearest first, until each hold has found its place.
        """
        within, stations = self._parameters.move_within_metres, {origin.station.id: origin}
        here = origin.as_holding(promise)
        plan = moves.reassign(broken, here, [], within)
        if all(step.target for step in plan):
            return plan, stations
        wanted = StationFilter(
            near=Near(here.point, within), state=StationState.OPEN, minimum_charged_packs=1
        )
        now = self._clock.now()
        for found in await self._stations.list_page(wanted, after=None, limit=moves.NEARBY):
            if found.station.id != here.station_id and gives_holds(
                found.station, now, now + self._parameters.hold
            ):
                stations[found.station.id] = await self._queue.read(found.station.id, session)
                nearby = [station.as_holding(promise) for station in stations.values()]
                plan = moves.reassign(broken, here, nearby, within)
            if all(step.target for step in plan):
                break
        return plan, stations

    async def _carry_out(
        self, step: Reassignment, stations: Stations, reason: MoveReason, session: Session
    ) -> tuple[Transition[QueueEntry], Stations]:
        entry, now = step.entry, self._clock.now()
        origin = stations[entry.station_id]
        if step.target is None:
            ended = lifecycle.compensate(entry, origin.queue, now, self._parameters)
            left = await self._queue.end(ended, origin, session)
            await self._pay(ended.after, reason.cause, session)
            return ended, {**stations, left.station.id: left}
        wanted = WantedPacks(entry.id, entry.pack_model_id, len(entry.packs), entry.promised_soc_percent)
        target, packs = await self._queue.hold(stations[step.target.station_id], wanted, session)
        destination = Destination(target.queue, held_packs(packs), step.distance_metres)
        moved = lifecycle.move(entry, destination, reason, origin.queue, now, self._parameters)
        stations = {**stations, target.station.id: target}
        if target.station.id != origin.station.id:
            await self._queue.watch(moved.after, target.station, session)
        return moved, await self._queue.record(moved, stations, session)

    async def _pay(self, entry: QueueEntry, cause: MoveCause, session: Session) -> None:
        """Pay a rider whose hold could not be kept, once for each entry."""
        await self._ledger.pay(
            session,
            f"compensation:{entry.id}",
            SystemAccount.COMPENSATION,
            user_account(entry.rider_id),
            entry.compensation_credits or 0,
            WHY_COMPENSATED[cause],
        )
