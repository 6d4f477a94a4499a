"""Scenarios: what differs from an ordinary run, read from TOML files of which several combine."""

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, to_json

from navswap.kit.demand import PRIORS
from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point
from navswap.kit.opening_hours import Timetable, UnreadableHoursError, require_readable
from navswap.simulation.world.city import City, settled
from navswap.simulation.world.effects import (
    Addition,
    ChargerChange,
    Closure,
    DemandChange,
    Effect,
    Festival,
    LocalEffect,
    Outage,
    PriceChange,
    WeatherChange,
)
from navswap.simulation.world.places import Site

MINUTES_A_DAY = 1440
BINS_A_DAY = 96
"""Quarters of an hour: as fine as demand changes."""


class BadScenarioError(NavSwapError):
    """A scenario file cannot be used; the message names the file, the key and what is allowed there."""

    code = "BAD_SCENARIO"


class Scenario(BaseModel):
    """What is different, kind by kind; without anything in it an ordinary run.

    Effects of one kind on the same station at the same time combine: factors multiply, degrees and rain add up, of limits
    and chargers the lowest holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: Annotated[str, Field(min_length=1, max_length=1000)] = "an ordinary run"
    demand: tuple[DemandChange, ...] = ()
    festival: tuple[Festival, ...] = ()
    weather: tuple[WeatherChange, ...] = ()
    outage: tuple[Outage, ...] = ()
    price: tuple[PriceChange, ...] = ()
    closure: tuple[Closure, ...] = ()
    charger: tuple[ChargerChange, ...] = ()
    station: tuple[Addition, ...] = Field(default=())

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Self:
        """Return what the files say together; an ordinary run where there is none. Raises BadScenarioError."""
        parts = [cls._read(path) for path in paths]
        if not parts:
            return cls()
        lists: dict[str, Any] = {
            kind: tuple(entry for part in parts for entry in getattr(part, kind)) for kind in KINDS
        }
        repeated = {
            entry.id for entry in lists["station"] if [e.id for e in lists["station"]].count(entry.id) > 1
        }
        if repeated:
            raise BadScenarioError(f"station: {', '.join(sorted(repeated))} is added twice")
        return cls(title=" + ".join(part.title for part in parts)[:1000], **lists)

    @classmethod
    def _read(cls, path: Path) -> Self:
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise BadScenarioError(f"{path}: {error.strerror or error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadScenarioError(f"{path}: this is not TOML: {error}") from error
        try:
            scenario = cls.model_validate_json(to_json({"title": path.stem, **content}))
        except ValidationError as error:
            raise BadScenarioError(f"{path}: {_explained(error.errors()[0])}") from error
        for problem in _contradictions(scenario):
            raise BadScenarioError(f"{path}: {problem}")
        return scenario

    @property
    def is_ordinary(self) -> bool:
        """Whether nothing is different."""
        return not any(getattr(self, kind) for kind in KINDS)

    def later(self, days: int) -> Self:
        """Return the scenario for a run that begins so many days earlier: in its first days nothing is different yet."""
        if not days:
            return self
        moved = {
            kind: tuple(
                entry.model_copy(
                    update={
                        name: day + days
                        for name in ("from_day", "until_day")
                        if (day := getattr(entry, name, None)) is not None
                    }
                )
                for entry in getattr(self, kind)
            )
            for kind in KINDS
        }
        return self.model_copy(update=moved)

    def apply_to(self, city: City) -> City:
        """Return the city with the stations that are added, behind those that it has, so that no index moves.

        Raises BadScenarioError where a station, zone or tariff is named that the city does not have.
        """
        added = [self._site(entry, city) for entry in self.station]
        extended = city
        if added:
            sites = settled([*city.stations, *added])
            extended = dataclasses.replace(city, stations=sites)
        self._check(extended)
        return extended

    def demand_factor(self, day: int, minute: float, site: Site) -> float:
        """Return how many times as many riders as otherwise ask near a station in a minute of a day (0 up to 1,440)."""
        factor = 1.0
        for change in self.demand:
            if change.holds(day, minute) and change.touches(site):
                factor *= change.factor
        for festival in self.festival:
            if festival.holds(day, minute) and festival.touches(site):
                factor *= festival.demand
        return factor

    def demand_factors(self, day: int, sites: Sequence[Site]) -> npt.NDArray[np.float64] | None:
        """Return `demand_factor` of each station (row) in each quarter of an hour (96 columns); None where all are 1."""
        changes: list[tuple[LocalEffect, float]] = [
            (change, change.factor) for change in self.demand if change.on_day(day)
        ]
        changes += [(festival, festival.demand) for festival in self.festival if festival.on_day(day)]
        if not changes:
            return None
        factors = np.ones((len(sites), BINS_A_DAY))
        middles = (np.arange(BINS_A_DAY) + 0.5) * MINUTES_A_DAY / BINS_A_DAY
        for change, factor in changes:
            rows = np.array([change.touches(site) for site in sites])
            columns = np.array([change.holds(day, minute) for minute in middles])
            factors[np.ix_(rows, columns)] *= factor
        return factors

    def new_demand(self, day: int, site: Site) -> float:
        """Return the share of its usual demand that a station brings: 1, or less for one that is added; 0 before it opens."""
        added = next((entry for entry in self.station if entry.id == site.id), None)
        if added is None:
            return 1.0
        return added.new_demand if day >= added.from_day else 0.0

    def slow_down(self, day: int, minute: float, site: Site) -> float:
        """Return how many times as long the ways to a station take because of festivals; at least 1."""
        factor = 1.0
        for festival in self.festival:
            if festival.holds(day, minute) and festival.touches(site):
                factor *= festival.slow_down
        return factor

    def celsius_added(self, day: int, hour: int) -> float:
        """Return by how many °C an hour is warmer."""
        return sum(change.celsius for change in self.weather if change.holds(day, hour * 60))

    def rain_added(self, day: int, hour: int) -> float:
        """Return the further rain of an hour, mm."""
        return sum(change.rain_mm for change in self.weather if change.holds(day, hour * 60))

    def power_share(self, day: int, minute: float, site: Site) -> float:
        """Return the share of its feeder's limit that a station has, 0 to 1."""
        shares = (o.power_share for o in self.outage if o.holds(day, minute) and o.touches(site))
        return min(shares, default=1.0)

    def price_factor(self, day: int, minute: float, tariff: str) -> float:
        """Return how many times as much energy of a tariff costs."""
        factor = 1.0
        for change in self.price:
            if change.tariff in {None, tariff} and change.holds(day, minute):
                factor *= change.factor
        return factor

    def is_closed(self, day: int, minute: float, site: Site) -> bool:
        """Return whether a station is closed beyond its hours: by the scenario, or because it has not opened yet."""
        if any(entry.id == site.id and day < entry.from_day for entry in self.station):
            return True
        return any(closure.holds(day, minute) and closure.touches(site) for closure in self.closure)

    def charger_kw(self, day: int, minute: float, site: Site) -> float | None:
        """Return the most power that a station's chargers give to one pack, kW; None where they are the usual ones."""
        found = (change.kw for change in self.charger if change.holds(day, minute) and change.touches(site))
        return min(found, default=None)

    def charger_efficiency(self, day: int, minute: float, site: Site) -> float | None:
        """Return the share of a station's energy that arrives in packs; None where its chargers are the usual ones."""
        found = (c.efficiency for c in self.charger if c.holds(day, minute) and c.touches(site))
        return min(found, default=None)

    def changes_of_day(self, day: int) -> tuple[float, ...]:
        """Return the minutes of a day (0 up to 1,440, ascending) in which something begins or ends."""
        minutes = {
            edge
            for effect in self._effects()
            if effect.on_day(day) or effect.on_day(day - 1)
            for edge in (0.0, effect.from_hour * 60, effect.until_hour * 60)
            if edge < MINUTES_A_DAY
        }
        opening = {0.0} if any(entry.from_day == day for entry in self.station) else set[float]()
        return tuple(sorted(minutes | opening))

    def _effects(self) -> Iterator[Effect]:
        for kind in EFFECT_KINDS:
            yield from getattr(self, kind)

    def _site(self, entry: Addition, city: City) -> Site:
        return Site(
            id=entry.id,
            key=0,
            name=entry.id,
            point=Point(entry.longitude, entry.latitude),
            slot_models=(0,) * entry.slots,
            kind=entry.kind,
            feeder_limit_kw=entry.feeder_limit_kw,
            tariff=entry.tariff or next(iter(city.tariffs)),
            timetable=Timetable(entry.opening_hours, city.time_zone, city.country),
            zone=entry.zone,
            swaps_a_day=PRIORS[entry.kind].swaps_a_day(entry.slots),
        )

    def _check(self, city: City) -> None:
        """Raise BadScenarioError for the first name that the city does not know."""
        stations = [site.id for site in city.stations]
        zones = sorted({site.zone for site in city.stations if site.zone is not None})
        repeated = [entry.id for entry in self.station if stations.count(entry.id) > 1]
        if repeated:
            raise BadScenarioError(f"{self.title}: station: the city has a station {repeated[0]} already")
        for kind in EFFECT_KINDS:
            for number, effect in enumerate(getattr(self, kind)):
                place = f"{self.title}: {kind}[{number}]"
                if isinstance(effect, LocalEffect):
                    _require(effect.stations, stations, f"{place}.stations")
                    _require(effect.zones, zones, f"{place}.zones")
        named = [change.tariff for change in self.price] + [entry.tariff for entry in self.station]
        _require(
            [tariff for tariff in named if tariff is not None], list(city.tariffs), f"{self.title}: tariff"
        )


EFFECT_KINDS = ("demand", "festival", "weather", "outage", "price", "closure", "charger")
KINDS = (*EFFECT_KINDS, "station")
_ENTRIES: Mapping[str, type[BaseModel]] = {
    "demand": DemandChange,
    "festival": Festival,
    "weather": WeatherChange,
    "outage": Outage,
    "price": PriceChange,
    "closure": Closure,
    "charger": ChargerChange,
    "station": Addition,
}


def _require(names: Sequence[str], known: Sequence[str], place: str) -> None:
    for name in names:
        if name not in known:
            some = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
            raise BadScenarioError(f"{place}: {name!r} is not in the city, which has {some or 'none'}")


def _contradictions(scenario: Scenario) -> Iterator[str]:
    """Yield what is wrong with the values of one file together."""
    for kind in EFFECT_KINDS:
        for number, effect in enumerate(getattr(scenario, kind)):
            if effect.until_day is not None and effect.until_day <= effect.from_day:
                yield f"{kind}[{number}].until_day: must be above from_day, which is {effect.from_day}"
            if effect.until_hour <= effect.from_hour:
                yield f"{kind}[{number}].until_hour: must be above from_hour, which is {effect.from_hour:g}"
    for number, entry in enumerate(scenario.station):
        try:
            require_readable(entry.opening_hours)
        except UnreadableHoursError as error:
            yield f"station[{number}].opening_hours: {error}"


def _explained(error: ErrorDetails) -> str:
    """Return one line that names the key and what is allowed."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg']}"
    section = str(error["loc"][0])
    known = Scenario if len(error["loc"]) == 1 else _ENTRIES[section]
    return f"{place}: there is no such key; allowed are {', '.join(known.model_fields)}"
