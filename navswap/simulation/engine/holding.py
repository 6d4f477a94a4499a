"""Holds of a run: the packs of a visit are reserved, on the terms that production gives them on."""

from datetime import timedelta

from navswap.features.packs.domain import custody
from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.bonus import quote_bonus
from navswap.features.swapping.domain.promises import (
    buffer_matters,
    require_open,
    require_promise,
    walk_in_buffer,
)
from navswap.features.swapping.domain.values import HeldPack, QueueEntry
from navswap.simulation.engine.hold_times import hold_time
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit


def give_hold(
    run: Run, visit: Visit, station: SimStation, expected_in: float | None, now: float
) -> tuple[QueueEntry, timedelta]:
    """Reserve the packs of a visit; returns the entry in the queue, and how long the packs are held.

    `expected_in` is the minutes of the ride; None for a rider who stands at the station. Raises StationClosedError,
    NoChargedPackError.
    """
    parameters, moment = run.parameters.swapping, run.agenda.moment_of(now)
    require_open(is_open=run.gives_holds(station.index, now))
    supply = station.supply(visit.model, now)
    ready = supply.ready_now
    buffer = 0
    if expected_in is not None and buffer_matters(ready, visit.packs, parameters.buffer):
        forecast = run.forecasts.walk_ins(station.index, now)
        buffer = walk_in_buffer(forecast, supply.ready(parameters), parameters.buffer)
    require_promise(ready, visit.packs, buffer)
    packs = station.best_packs(visit.model, visit.packs, now, run.agenda.moment_of)
    entry_id = run.ids.new()
    bonus = quote_bonus(ready.free, len(supply.charging_minutes), station.empty_slots, parameters.bonus)
    lasts = hold_time(run, visit, station, expected_in, bonus, now)
    held = [custody.hold(pack, entry_id, parameters.promised_soc_percent, moment).after for pack in packs]
    confirmed = lifecycle.confirm(
        entry_id,
        lifecycle.Visit(
            rider_id=visit.rider_id,
            pack_model_id=visit.model.id,
            walk_in=expected_in is None,
            bonus=bonus,
            expected_at=None if expected_in is None else run.agenda.moment_of(now + expected_in),
            distance_metres=None if expected_in is None else visit.straight_metres(station.index),
        ),
        [HeldPack(pack.id, pack.place.evse_id or 0) for pack in held],
        station.queue,
        moment,
        parameters,
        lasts,
    )
    station.stock_changed(now)
    run.store(station, held)
    station.entries[entry_id] = confirmed.after
    station.queue_sequence += 1
    run.publish(confirmed.facts, now)
    return confirmed.after, lasts
