"""Which holds of a station can be kept, and where the others move: same station first, then the nearest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.kit.geo import Point, distance_metres

NEARBY = 20
"""How many of the nearest open stations with charged packs are looked at."""


@dataclass(frozen=True, slots=True)
class HoldingStation:
    """A station as moves see it; one that `finishes` is closed, but riders whose code was scanned swap there."""

    station_id: str
    point: Point
    is_open: bool
    finishes: bool
    free_packs: Mapping[str, int]
    """Packs by model that are fit, charged to the promise, in a slot that opens, and not held for a kept entry."""

    def serves(self, entry: QueueEntry) -> bool:
        """Return whether the station may hand out the packs of an entry."""
        return self.is_open or (self.finishes and entry.state is EntryState.VERIFIED)


def can_be_kept(entry: QueueEntry, station: HoldingStation, usable: Iterable[str]) -> bool:
    """Return whether a hold can stay as it is; `usable` are the serial numbers that are held for it and come out."""
    return station.serves(entry) and set(entry.serial_numbers) <= set(usable)


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
