"""Which holds of a station can be kept, and where the others move: same station first, then the nearest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.swapping.domain.values import EntryState, MoveCause, QueueEntry
from navswap.kit.geo import Point, distance_metres

NEARBY = 20
"""How many of the nearest open stations with charged packs are looked at."""


@dataclass(frozen=True, slots=True)
class HoldingStation:
    """A station as moves see it; where it `finishes`, riders whose code was scanned swap even if it is closed."""

    station_id: str
    point: Point
    is_open: bool
    finishes: bool
    free_packs: Mapping[str, int]
    """Packs by model that are fit, charged to the promise, in a slot that opens, and not held for a kept entry."""
    closes_at: datetime | None = None
    """When it closes by its hours; None where it does not."""

    def serves(self, entry: QueueEntry) -> bool:
        """Return whether the station may hand out the packs of an entry."""
        if self.finishes and entry.state is EntryState.VERIFIED:
            return True
        return self.is_open and (self.closes_at is None or entry.hold_until <= self.closes_at)


@dataclass(frozen=True, slots=True)
class HeldState:
    """A pack in a slot of the station that is held for an entry, as it is now.

    `minutes_to_promise` is how long it still charges until it is as promised, by the charging plan of the station: 0 where
    it is, infinite where nothing charges it.
    """

    serial_number: str
    is_faulty: bool = False
    is_withdrawn: bool = False
    is_shut_in: bool = False
    minutes_to_promise: float = 0.0


@dataclass(frozen=True, slots=True)
class BrokenHold:
    """A hold that cannot stay as it is, and why."""

    entry: QueueEntry
    cause: MoveCause


def why_broken(entry: QueueEntry, station: HoldingStation, held: Iterable[HeldState]) -> MoveCause | None:
    """Return why a hold is not as promised; None where its station serves it and all its packs are fit, there and charged."""
    if not station.serves(entry):
        return MoveCause.STATION_CLOSED
    packs = {pack.serial_number: pack for pack in held}
    if not set(entry.serial_numbers) <= packs.keys():
        return MoveCause.PACK_MISSING
    troubles = (
        (MoveCause.PACK_WITHDRAWN, any(pack.is_withdrawn for pack in packs.values())),
        (MoveCause.PACK_FAULTY, any(pack.is_faulty for pack in packs.values())),
        (MoveCause.FAULT, any(pack.is_shut_in for pack in packs.values())),
        (MoveCause.PACK_UNCHARGED, any(pack.minutes_to_promise > 0 for pack in packs.values())),
    )
    return next((cause for cause, is_so in troubles if is_so), None)


def find_broken(
    entries: Iterable[QueueEntry],
    station: HoldingStation,
    held: Mapping[str, Sequence[HeldState]],
    now: datetime,
) -> list[BrokenHold]:
    """Return the holds of a station that must move, first come, first served; `held` are the packs by entry.

    A hold of packs that have lost charge stays where no charged ones are free here, if they are charged again while it
    lasts: that is better for its rider than a ride to another station.
    """
    free, broken = dict(station.free_packs), []
    for entry in entries:
        packs = held.get(entry.id, ())
        cause = why_broken(entry, station, packs)
        if cause is None:
            continue
        # once it moves, those of its packs that are still good are free for it, too
        good = sum(not _is_spoiled(pack) for pack in packs)
        left = free.get(entry.pack_model_id, 0) + good - len(entry.packs)
        if cause is MoveCause.PACK_UNCHARGED and left < 0 and _charged_in_time(entry, packs, now):
            continue
        broken.append(BrokenHold(entry, cause))
        if station.serves(entry) and left >= 0:
            free[entry.pack_model_id] = left
    return broken


def _is_spoiled(pack: HeldState) -> bool:
    return pack.is_faulty or pack.is_withdrawn or pack.is_shut_in or pack.minutes_to_promise > 0


def _charged_in_time(entry: QueueEntry, packs: Iterable[HeldState], now: datetime) -> bool:
    left = (entry.hold_until - now) / timedelta(minutes=1)
    return all(pack.minutes_to_promise <= left for pack in packs)


@dataclass(frozen=True, slots=True)
class Reassignment:
    """What becomes of a hold that cannot be kept: it moves to a station, or (None) its rider is compensated."""

    entry: QueueEntry
    target: HoldingStation | None
    distance_metres: float = 0.0


def reassign(
    broken: Sequence[QueueEntry],
    origin: HoldingStation,
    nearby: Iterable[HoldingStation],
    within_metres: float,
) -> list[Reassignment]:
    """Return where each broken hold goes, first come, first served; all packs of a hold move together, or none.

    Of the stations that serve, the first with enough free packs of the model is taken: the same one, then others by
    distance up to `within_metres`.
    """
    away = [
        (distance_metres(origin.point, station.point), station)
        for station in nearby
        if station.station_id != origin.station_id
    ]
    away.sort(key=lambda found: (found[0], found[1].station_id))
    stations = [(0.0, origin), *(found for found in away if found[0] <= within_metres)]
    left = {station.station_id: dict(station.free_packs) for _, station in stations}
    found = []
    for entry in broken:
        for distance, station in stations:
            free = left[station.station_id]
            enough = free.get(entry.pack_model_id, 0) >= len(entry.packs)
            # a rider whose code was scanned is at the origin: elsewhere only an open station serves
            serves = station.serves(entry) if station is origin else station.is_open
            if serves and enough:
                free[entry.pack_model_id] -= len(entry.packs)
                found.append(Reassignment(entry, station, distance))
                break
        else:
            found.append(Reassignment(entry, None))
    return found
