"""Who and what a city has: sites, vehicles, people and tariffs, as plain values."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from navswap.kit.demand import SiteKind
from navswap.kit.geo import Area, Point
from navswap.kit.opening_hours import Timetable

_KEY_RANGE = 1 << 32


@dataclass(frozen=True, slots=True)
class Site:
    """A swap station before anything happens there.

    `key` stands for the station in keyed draws: it follows from the id alone, so that a station that is added shifts no
    draw of another. `slot_models` has, for each slot from 1 on, the index of the pack model that it takes; `feeder_limit_kw`
    is the most power that the site draws. `swaps_a_day` are expected on a day like any other, before riders choose.
    """

    id: str
    key: int
    name: str
    point: Point
    slot_models: tuple[int, ...]
    kind: SiteKind
    feeder_limit_kw: float
    tariff: str
    timetable: Timetable
    zone: str | None
    swaps_a_day: float
    reach_metres: float = 0.0
    """Riders who ask near it are within so far; fixed before a scenario adds neighbours, so that none of them moves."""

    @property
    def slots(self) -> int:
        """The number of slots."""
        return len(self.slot_models)


@dataclass(frozen=True, slots=True)
class VehicleKind:
    """What riders of one pack model ride: so many packs (1 to 4), and the share of the model's riders with it."""

    model: int
    packs: int
    share: float


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices per kWh of each local hour, on weekdays and at weekends, and the charge per kW of the month's peak."""

    id: str
    weekday: tuple[float, ...]
    weekend: tuple[float, ...]
    demand_charge_per_kw_month: float = 0.0

    def price(self, hour: int, *, weekend: bool) -> float:
        """Return the price per kWh in a local hour, 0 to 23."""
        return (self.weekend if weekend else self.weekday)[hour]


@dataclass(frozen=True, slots=True)
class District:
    """A part of the city: a box, and what it mostly is (RESIDENTIAL, TRANSIT, …)."""

    id: str
    kind: str
    area: Area


@dataclass(frozen=True, slots=True)
class Carrier:
    """A transporter: packs that fit on the vehicle, and where the day begins."""

    id: str
    vehicle: str
    capacity_packs: int
    home: Point


@dataclass(frozen=True, slots=True)
class Worker:
    """A member of staff: the station where the shift (MORNING, EVENING, NIGHT) begins, and whether repairs are done."""

    id: str
    home_station: str
    shift: str
    technician: bool


@dataclass(frozen=True, slots=True)
class Shop:
    """A partner shop that stores packs for a price per pack and day."""

    id: str
    point: Point
    capacity_packs: int
    price_per_pack_day: float
    timetable: Timetable


def key_of(identifier: str) -> int:
    """Return the key of a thing in keyed draws, 0 to 2^32 - 1."""
    return int.from_bytes(hashlib.blake2b(identifier.encode(), digest_size=4).digest(), "big")


def distinct_keys(identifiers: Iterable[str]) -> Iterator[int]:
    """Yield a key for each identifier; of two with the same key the later one gets the next that is free."""
    taken: set[int] = set()
    for identifier in identifiers:
        key = key_of(identifier)
        while key in taken:
            key = (key + 1) % _KEY_RANGE
        taken.add(key)
        yield key


def centre_of(points: Sequence[Point]) -> Point:
    """Return the median place: half of the points lie west of it, half of them south."""
    longitudes = sorted(point.longitude for point in points)
    latitudes = sorted(point.latitude for point in points)
    middle = len(points) // 2
    return Point(longitudes[middle], latitudes[middle])
