"""Moves: holds that can no longer be kept go to other packs or stations, or end with a compensation."""

from collections.abc import Sequence

from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.packs.service import PackModelService, ReadinessForecaster
from navswap.features.stations.service import Near, StationFilter, StationReader, StationState, gives_holds
from navswap.features.swapping.domain import lifecycle, moves
from navswap.features.swapping.domain.lifecycle import Destination, MoveReason
from navswap.features.swapping.domain.moves import BrokenHold, Reassignment
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
    MoveCause.PACK_FAULTY: "The pack that you held failed.",
    MoveCause.PACK_WITHDRAWN: "The pack that you held was withdrawn.",
    MoveCause.PACK_UNCHARGED: "The pack that you held is not charged in time.",
    MoveCause.PACK_MISSING: "The pack that you held left the station.",
    MoveCause.STATION_CLOSED: "The station of your hold was closed.",
}


class MoveService:
    """Keeps promises when a fault, an order, a lost charge or a closed station takes away what they depend on."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        queue: QueueRecorder,
        ledger: CreditService,
        models: PackModelService,
        readiness: ReadinessForecaster,
        parameters: SwappingParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._queue = queue
        self._ledger = ledger
        self._models = models
        self._readiness = readiness
        self._parameters = parameters

    async def reassign_broken_holds(
        self, station_id: str, session: Session, *, fault_id: str | None = None
    ) -> list[QueueEntry]:
        """Move or end the holds at a station that can no longer be kept, first come, first served.

        What the station and its packs are now decides, not what happened then: a second call changes nothing.
        `fault_id` is the fault that is behind it, where one is.
        """
        entries = await QueueEntries.list_queue(station_id, session)
        if not entries:
            return []
        origin = await self._queue.read(station_id, session)
        promise = max(entry.promised_soc_percent for entry in entries)
        broken = await self._find_broken(entries, origin, promise, session)
        if not broken:
            return []
        held = [pack for hold in broken for pack in origin.held_by(hold.entry.id)]
        origin = await self._queue.release(held, origin, session)
        plan, stations = await self._plan([hold.entry for hold in broken], origin, promise, session)
        changed = []
        for hold, step in zip(broken, plan, strict=True):
            reason = MoveReason.of(hold.cause, fault_id)
            transition, stations = await self._carry_out(step, stations, reason, session)
            changed.append(transition.after)
        return changed

    async def _find_broken(
        self, entries: Sequence[QueueEntry], origin: StationPacks, promise: float, session: Session
    ) -> list[BrokenHold]:
        models = await self._models.list_by_ids(sorted({pack.model_id for pack in origin.packs}), session)
        charging = origin.held_charging(promise)
        forecast = await self._readiness.forecast({origin.station.id: charging}, models, session)
        minutes = {
            pack.serial_number: until
            for pack, until in zip(charging, forecast[origin.station.id], strict=True)
        }
        now = self._clock.now()
        held = {entry.id: origin.held_states(entry, models, minutes) for entry in entries}
        return moves.find_broken(entries, origin.as_holding(promise, now), held, now)

    async def _plan(
        self, broken: Sequence[QueueEntry], origin: StationPacks, promise: float, session: Session
    ) -> tuple[list[Reassignment], Stations]:
        """Return what becomes of each hold, and the stations concerned as the transaction sees them.

        Stations near are read one by one, the nearest first, until each hold has found its place.
        """
        now, stations = self._clock.now(), {origin.station.id: origin}
        within, here = self._parameters.move_within_metres, origin.as_holding(promise, now)
        plan = moves.reassign(broken, here, [], within)
        if all(step.target for step in plan):
            return plan, stations
        wanted = StationFilter(
            near=Near(here.point, within), state=StationState.OPEN, minimum_charged_packs=1
        )
        for found in await self._stations.list_page(wanted, after=None, limit=moves.NEARBY):
            if found.station.id != here.station_id and gives_holds(
                found.station, now, now + self._parameters.hold
            ):
                stations[found.station.id] = await self._queue.read(found.station.id, session)
                nearby = [station.as_holding(promise, now) for station in stations.values()]
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
