"""How long ways through the city take, by streets where it has some, at each hour, in each weather, past each incident."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from navswap.kit.geo import Point, distance_metres
from navswap.kit.roads import RoadParameters
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.scenario import BINS_A_DAY, MINUTES_A_DAY, Scenario
from navswap.simulation.world.streets import Route, Streets
from navswap.simulation.world.weather import HOURS, Weather

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

BIN_MINUTES = MINUTES_A_DAY / BINS_A_DAY
ZONE_SPEEDS: Mapping[str, float] = {"HERITAGE": 0.8, "COMMERCIAL": 0.85, "INDUSTRIAL": 1.15, "TRANSIT": 1.1}
"""Speed in zones of a kind over the usual one, for cities without streets."""
_KEPT_PLACES = 4096
"""Places whose nearest corner is kept: riders and vehicles ask for several ways from one place."""


class TravelSource(StrEnum):
    """What travel times are computed from."""

    STREETS = "STREETS"
    ZONES = "ZONES"
    STRAIGHT_LINES = "STRAIGHT_LINES"


@dataclass(frozen=True, slots=True)
class TrafficParameters:
    """How traffic slows vehicles down; 1 is as fast as on free roads, 1.5 half as long again.

    One value for each hour of the day, in between they rise and fall evenly. `rain_per_mm` is added for each mm of rain in an
    hour up to `most_rain`. `incidents_a_day` happen near each station; each one lasts, and slows, as much as is drawn.
    """

    weekday: tuple[float, ...] = (
        *(1.0, 1.0, 1.0, 1.0, 1.0, 1.05, 1.15, 1.3, 1.45, 1.5, 1.4, 1.3),
        *(1.28, 1.28, 1.28, 1.3, 1.35, 1.45, 1.55, 1.5, 1.35, 1.2, 1.1, 1.05),
    )
    free_day: tuple[float, ...] = (
        *(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.02, 1.05, 1.1, 1.15, 1.2, 1.25),
        *(1.28, 1.25, 1.22, 1.22, 1.25, 1.3, 1.35, 1.35, 1.28, 1.18, 1.1, 1.05),
    )
    rain_per_mm: float = 0.05
    most_rain: float = 0.4
    incidents_a_day: float = 0.12
    incident_minutes: float = 40.0
    incident_metres: float = 600.0


@dataclass(frozen=True, slots=True)
class Incident:
    """Something on the road near a station: from and until a minute of the day, and how many times as long ways take."""

    station: int
    from_minute: float
    until_minute: float
    slow_down: float


class TravelTimes:
    """Minutes between places for a rider of the usual speed; divide by a rider's own speed factor.

    `source` says what the distances come from: streets, or straight lines times a detour at the speed of the target's zone or
    at one speed, where the city has no streets.
    """

    def __init__(
        self,
        city: City,
        draws: Draws,
        calendar: Calendar,
        weather: Weather,
        scenario: Scenario,
        traffic: TrafficParameters | None = None,
        roads: RoadParameters | None = None,
    ) -> None:
        self._city, self._draws, self._calendar = city, draws, calendar
        self._weather, self._scenario = weather, scenario
        self._traffic, self._roads = traffic or TrafficParameters(), roads or RoadParameters()
        self.streets = None if city.streets is None else Streets.load(city.streets)
        self.source = _source(city)
        self._corner = lru_cache(_KEPT_PLACES)(self._corner_near)
        self._points = [site.point for site in city.stations]
        self._metres_a_minute = self._speeds()
        self._near = self._near_minutes()
        self._day = -1
        self._of_hour: list[float] = []
        self._local: dict[int, list[tuple[float, float, float]]] = {}
        self.incidents = lru_cache(maxsize=8)(self._incidents)

    def minutes(self, origin: Point | int, target: int, minute: float) -> float:
        """Return the minutes from a place or station to a station, when one leaves `minute` minutes after the begin of day 0."""
        return self.base_minutes(origin, target) * self.slow_down(target, minute)

    def base_minutes(self, origin: Point | int, target: int) -> float:
        """Return the minutes on free roads."""
        if isinstance(origin, int):
            if origin == target:
                return 0.0
            found = self._near.get((origin, target))
            if found is not None:
                return found
            if self._from_station is not None:
                return float(self._from_station[origin][self._corners[target]])
            origin = self._points[origin]
        elif self._from_station is not None:
            return float(self._from_station[target][self._corner(origin)])
        return distance_metres(origin, self._points[target]) / self._metres_a_minute[target]

    def base_minutes_of_riders(self, longitude: Numbers, latitude: Numbers, targets: Whole) -> Numbers:
        """Return for each rider the minutes on free roads to some stations, both of shape (riders, n), all at once.

        The target -1 is no station, to which it is infinitely far.
        """
        known = np.maximum(targets, 0)
        if self._from_station is not None and self.streets is not None:
            corner = self.streets.corners_near(np.column_stack((longitude, latitude)))
            base = self._from_station[known, corner[:, None]]
        else:
            east = (self._city.coordinates[known, 0] - longitude[:, None]) * np.cos(np.radians(latitude))[
                :, None
            ]
            north = self._city.coordinates[known, 1] - latitude[:, None]
            base = np.hypot(east, north) * 111_195.0 / np.array(self._metres_a_minute)[known]
        return np.where(targets >= 0, base, np.inf)

    def slow_down(self, station: int, minute: float) -> float:
        """Return how many times as long as on free roads ways to a station take, `minute` minutes after the begin of day 0."""
        day = int(minute // MINUTES_A_DAY)
        if day != self._day:
            self._open(day)
        within = minute - day * MINUTES_A_DAY
        factor = self._of_hour[int(within / BIN_MINUTES)]
        if station in self._local:
            for begins, ends, slower in self._local[station]:
                if begins <= within < ends:
                    factor *= slower
        return factor

    def route(self, origin: Point, target: Point) -> Route:
        """Return the line along which a vehicle moves; straight where the city has no streets."""
        return Route.through([origin, target]) if self.streets is None else self.streets.route(origin, target)

    def _incidents(self, day: int) -> tuple[Incident, ...]:
        """Return the incidents of a day, by the key of the station near which each one happens."""
        date = self._calendar.day(day).date.toordinal()
        draws, traffic = self._draws, self._traffic
        keys = np.array([site.key for site in self._city.stations], dtype=np.int64)
        struck = np.flatnonzero(draws.uniforms(Purpose.INCIDENT, keys, 4 * date) < traffic.incidents_a_day)
        found = []
        for station in struck.tolist():
            key = self._city.stations[station].key
            begins = 360 + 1020 * draws.uniform(Purpose.INCIDENT, key, 4 * date + 1)
            lasts = 10 + traffic.incident_minutes * draws.exponential(Purpose.INCIDENT, key, 4 * date + 2)
            slower = 1.3 + 0.9 * draws.uniform(Purpose.INCIDENT, key, 4 * date + 3)
            found.append(Incident(station, begins, begins + lasts, slower))
        return tuple(found)

    def _open(self, day: int) -> None:
        """Make the tables of a day."""
        on, sky = self._calendar.day(day), self._weather.day(day)
        traffic = self._traffic
        levels = traffic.free_day if on.is_free else traffic.weekday
        wet = [min(traffic.most_rain, traffic.rain_per_mm * mm) for mm in sky.rain_mm]
        middles = (np.arange(BINS_A_DAY) + 0.5) * HOURS / BINS_A_DAY
        smooth = np.interp(middles, np.arange(HOURS + 1), [*levels, levels[0]])
        rain = np.repeat(wet, BINS_A_DAY // HOURS)
        self._of_hour = (smooth + rain).tolist()
        self._local = {}
        for incident in self.incidents(day):
            span = (incident.from_minute, incident.until_minute, incident.slow_down)
            self._local.setdefault(incident.station, []).append(span)
            for station, metres in self._city.near(incident.station):
                if metres <= traffic.incident_metres:
                    self._local.setdefault(station, []).append(span)
        for festival in self._scenario.festival:
            if festival.on_day(day):
                span = (festival.from_hour * 60, festival.until_hour * 60, festival.slow_down)
                for station, site in enumerate(self._city.stations):
                    if festival.touches(site):
                        self._local.setdefault(station, []).append(span)
        self._day = day

    def _speeds(self) -> list[float]:
        """Return the straight metres a minute on free roads on the way to each station, for cities without streets."""
        usual = 1 / self._roads.ride_minutes(1.0)
        kinds = {district.id: district.kind for district in self._city.districts}
        return [usual * ZONE_SPEEDS.get(kinds.get(site.zone or "", ""), 1.0) for site in self._city.stations]

    @cached_property
    def _corners(self) -> list[int]:
        assert self.streets is not None  # noqa: S101 - asked for streets only
        return [self.streets.corner_near(point) for point in self._points]

    @cached_property
    def _from_station(self) -> Numbers | None:
        """The minutes on free roads from each station (row) to each corner; None without streets."""
        if self.streets is None:
            return None
        return np.array([self.streets.minutes_from(corner) for corner in self._corners])

    def _corner_near(self, point: Point) -> int:
        return 0 if self.streets is None else self.streets.corner_near(point)

    def _near_minutes(self) -> dict[tuple[int, int], float]:
        table: dict[tuple[int, int], float] = {}
        for home in range(len(self._points)):
            for target, _ in self._city.near(home):
                if self._from_station is not None:
                    table[home, target] = float(self._from_station[home][self._corners[target]])
                else:
                    metres = distance_metres(self._points[home], self._points[target])
                    table[home, target] = metres / self._metres_a_minute[target]
        return table


def _source(city: City) -> TravelSource:
    if city.streets is not None:
        return TravelSource.STREETS
    return TravelSource.ZONES if city.districts else TravelSource.STRAIGHT_LINES
