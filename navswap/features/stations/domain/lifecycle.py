"""The life of a station: its state, its stock, and what faults keep out of use. Each change is a StationChanged."""

from dataclasses import replace
from datetime import datetime

from navswap.features.stations.domain.hours import OpeningTimes
from navswap.features.stations.domain.stock import CountsByModel, stock_by_model, total
from navswap.features.stations.domain.values import (
    Block,
    Information,
    Station,
    StationState,
    Status,
)
from navswap.features.stations.events import StationChanged, StationClosed
from navswap.kit.facts import Fact
from navswap.kit.lifecycle import Transition, unchanged


def new_station(station_id: str, information: Information, counts: CountsByModel, now: datetime) -> Station:
    """Return a station that is open, with the stock that its packs make."""
    station = Station(station_id, information, Status(last_reported=now))
    return _counted(station, counts, now)


def record_stock(
    station: Station, counts: CountsByModel, now: datetime, *, joined: int | None = None
) -> Transition[Station]:
    """Write the stock that the packs in the slots make, as counted now.

    `joined` is what the queue grew by (below 0 where it shrank, 0 where an entry changed in it): it then moves its
    sequence too. A count that is the stock that stands changes nothing.
    """
    counted = _counted(station, counts, now)
    if joined is not None:
        counted = replace(
            counted,
            status=replace(counted.status, queue_length=station.status.queue_length + joined),
            queue_sequence=station.queue_sequence + 1,
        )
    return _changed(station, counted)


def set_state(station: Station, state: StationState, now: datetime) -> Transition[Station]:
    """Open or close a station, whatever its faults; setting the present state changes nothing."""
    if station.status.state is state:
        return unchanged(station)
    changed = replace(
        station, status=replace(station.status, state=state, last_reported=now), paused_by_fault=False
    )
    closing = () if state is StationState.OPEN else (_closing(changed),)
    return _changed(station, changed, *closing)


def set_supply(station: Station, tariff_id: str | None, feeder_limit_kw: float | None) -> Transition[Station]:
    """Write by which tariff a station buys and what its feeder gives; the same again changes nothing."""
    information = replace(station.information, tariff_id=tariff_id, feeder_limit_kw=feeder_limit_kw)
    if information == station.information:
        return unchanged(station)
    return _changed(station, replace(station, information=information))


def set_information(station: Station, information: Information) -> Transition[Station]:
    """Write what rarely changes of a station, as a source has it; the same again changes nothing."""
    return _changed(station, replace(station, information=information))


def set_hours(station: Station, hours: OpeningTimes) -> Transition[Station]:
    """Write when a station is open; the same again changes nothing."""
    information = replace(
        station.information,
        opening_hours=hours.opening_hours,
        time_zone=hours.time_zone,
        country=hours.country,
        hours_exceptions=hours.exceptions,
    )
    if information == station.information:
        return unchanged(station)
    return _changed(station, replace(station, information=information))


def block(station: Station, new: Block) -> Station:
    """Return a station once a fault takes a slot, or all of it, out of use; the same block twice is one.

    A station that the operator has closed stays closed, so that no repair opens it. What changes is stored by
    `record_availability`, together with the stock that is left.
    """
    pauses = new.evse_id is None and station.status.state is StationState.OPEN
    others = tuple(
        each for each in station.blocks if (each.fault_id, each.evse_id) != (new.fault_id, new.evse_id)
    )
    status = replace(station.status, state=StationState.OUT_OF_SERVICE) if pauses else station.status
    return replace(
        station,
        status=status,
        blocks=(*others, new),
        paused_by_fault=station.paused_by_fault or pauses,
    )


def unblock(station: Station, fault_id: str) -> Station:
    """Return a station once a fault is over: what no other fault blocks comes back. It is stored as `block` says."""
    left = tuple(each for each in station.blocks if each.fault_id != fault_id)
    if not station.paused_by_fault or any(each.evse_id is None for each in left):
        return replace(station, blocks=left)
    return replace(
        station,
        status=replace(station.status, state=StationState.OPEN),
        blocks=left,
        paused_by_fault=False,
    )


def record_availability(
    station: Station, available: Station, counts: CountsByModel, now: datetime
) -> Transition[Station]:
    """Write what `block` and `unblock` made of a station, and the stock that its packs make then."""
    return _changed(station, _counted(available, counts, now))


def _counted(station: Station, counts: CountsByModel, now: datetime) -> Station:
    parts = stock_by_model(station, counts)
    return replace(
        station,
        status=replace(station.status, stock=total(parts), stock_by_model=parts, last_reported=now),
    )


def _changed(station: Station, changed: Station, *more: Fact) -> Transition[Station]:
    """Return a change and its facts; one of nothing but the time of the count is none, and is not published."""
    counted_then = replace(changed.status, last_reported=station.status.last_reported)
    if replace(changed, status=counted_then) == station:
        return unchanged(station)
    after = replace(changed, revision=station.revision + 1)
    return Transition(station, after, (StationChanged.between(station, after), *more))


def _closing(station: Station) -> StationClosed:
    status = station.status
    return StationClosed(station.id, status.state, status.last_reported, status.queue_length)
