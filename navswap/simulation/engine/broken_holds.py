"""Holds whose packs or station can no longer serve them: they move, or their riders are compensated."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from navswap.features.packs.domain import custody
from navswap.features.packs.domain.values import WITHDRAWN, Condition, Pack
from navswap.features.stations.domain.values import StationState
from navswap.features.swapping.domain import lifecycle, moves
from navswap.features.swapping.domain.moves import HeldState, HoldingStation, Reassignment
from navswap.features.swapping.domain.values import HeldPack, QueueEntry
from navswap.simulation.engine.bays import Bay
from navswap.simulation.engine.riders import Riders
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation


class BrokenHolds:
    """Moves the holds of a station that has changed."""

    def __init__(self, run: Run, riders: Riders) -> None:
        self._run = run
        self._riders = riders
        self._parameters = run.parameters.swapping

    def reassign(self, now: float, station: SimStation, fault_id: str | None = None) -> None:
        """Move or end the holds that cannot be kept, first come, first served."""
        if not station.entries:
            return
        here, moment = self._as_holding(station, now), self._run.agenda.moment_of(now)
        held = {entry.id: self._held_states(station, entry, now) for entry in station.entries.values()}
        broken = moves.find_broken(list(station.entries.values()), here, held, moment)
        if not broken:
            return
        station.stock_changed(now)
        for hold in broken:
            self._run.store(
                station, [custody.release(pack).after for pack in self._held_by(station, hold.entry)]
            )
        nearby = [self._as_holding(other, now) for other in self._near(station, now)]
        plan = moves.reassign(
            [hold.entry for hold in broken],
            self._as_holding(station, now),
            nearby,
            self._parameters.move_within_metres,
        )
        for hold, step in zip(broken, plan, strict=True):
            self._carry_out(now, station, step, lifecycle.MoveReason.of(hold.cause, fault_id))

    def _carry_out(
        self, now: float, origin: SimStation, step: Reassignment, reason: lifecycle.MoveReason
    ) -> None:
        run, entry, moment = self._run, step.entry, self._run.agenda.moment_of(now)
        if step.target is None:
            ended = lifecycle.compensate(entry, origin.queue, moment, self._parameters)
            run.publish(ended.facts, now)
            run.kpis.compensate(ended.after.compensation_credits or 0)
            self._riders.lose_hold(now, origin, entry)
            return
        target = run.station_of[step.target.station_id]
        model = next(model for model in run.city.pack_models if model.id == entry.pack_model_id)
        packs = target.best_packs(model, len(entry.packs), now, run.agenda.moment_of)
        target.stock_changed(now)
        promise = entry.promised_soc_percent
        held = [custody.hold(pack, entry.id, promise, moment).after for pack in packs]
        run.store(target, held)
        destination = lifecycle.Destination(
            target.queue,
            [HeldPack(pack.id, pack.place.evse_id or 0) for pack in held],
            step.distance_metres,
        )
        moved = lifecycle.move(entry, destination, reason, origin.queue, moment, self._parameters)
        run.publish(moved.facts, now)
        run.kpis.moved_holds += 1
        self._riders.move_hold(now, origin, target, moved.after, step.distance_metres)

    def _near(self, station: SimStation, now: float) -> Iterator[SimStation]:
        for index, metres in self._run.city.near(station.index):
            if metres <= self._parameters.move_within_metres and self._run.gives_holds(index, now):
                yield self._run.stations[index]

    def _as_holding(self, station: SimStation, now: float) -> HoldingStation:
        station.bring_up_to(now)
        free = Counter(
            bay.model.id
            for bay in station.bays
            if bay.works
            and bay.ready_at <= now
            and bay.pack is not None
            and bay.pack.held_by is None
            and bay.pack.condition is Condition.FIT
        )
        state = station.value.status.state
        return HoldingStation(
            station.id,
            station.value.information.point,
            is_open=self._run.gives_holds(station.index, now),
            finishes=state is StationState.CLOSED,
            free_packs=dict(free),
        )

    def _held_states(self, station: SimStation, entry: QueueEntry, now: float) -> Sequence[HeldState]:
        return [
            HeldState(
                pack.id,
                is_faulty=pack.condition is Condition.FAULTY,
                is_withdrawn=pack.condition in WITHDRAWN,
                is_shut_in=not bay.works,
                minutes_to_promise=max(0.0, bay.ready_at - now) if bay.ready_at < math.inf else math.inf,
            )
            for bay in self._bays_of(station, entry)
            if (pack := bay.pack) is not None and pack.held_by == entry.id
        ]

    def _held_by(self, station: SimStation, entry: QueueEntry) -> list[Pack]:
        return [
            bay.pack
            for bay in self._bays_of(station, entry)
            if bay.pack is not None and bay.pack.held_by == entry.id
        ]

    def _bays_of(self, station: SimStation, entry: QueueEntry) -> Iterator[Bay]:
        return (station.bays[held.evse_id - 1] for held in entry.packs)
