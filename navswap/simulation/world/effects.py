"""What a scenario can change, each kind as a typed record of a TOML file."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from navswap.kit.demand import SiteKind
from navswap.simulation.world.places import Site

DayNumber = Annotated[int, Field(ge=0, le=3650)]
DayOrPast = Annotated[int, Field(ge=-365, le=3650)]
"""A day of the run, or below 0 one of the warm-up before it."""
HourOfDay = Annotated[float, Field(ge=0, le=24)]
Factor = Annotated[float, Field(ge=0, le=20)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Effect(BaseModel):
    """What every entry has: the days and the hours of the day in which it holds; `until_*` are the first without it.

    Days are counted from 0, the first one that counts; those of a warm-up are below 0, so that a network can have been different
    before. Without `until_day` it holds for good.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    from_day: DayOrPast = 0
    until_day: DayNumber | None = None
    from_hour: HourOfDay = 0
    until_hour: HourOfDay = 24

    def on_day(self, day: int) -> bool:
        """Return whether it holds at any time of a day."""
        return self.from_day <= day and (self.until_day is None or day < self.until_day)

    def holds(self, day: int, minute: float) -> bool:
        """Return whether it holds in a minute of a day, 0 up to 1,440."""
        return self.on_day(day) and self.from_hour * 60 <= minute < self.until_hour * 60


class LocalEffect(Effect):
    """An effect at some stations: those named, those of the zones and those of the kind; at all where none is given."""

    stations: tuple[Name, ...] = ()
    zones: tuple[Name, ...] = ()
    kind: SiteKind | None = None

    def touches(self, site: Site) -> bool:
        """Return whether it holds at a station."""
        if not self.stations and not self.zones:
            return self.kind is None or site.kind is self.kind
        named = site.id in self.stations or site.zone in self.zones
        return named and (self.kind is None or site.kind is self.kind)


class DemandChange(LocalEffect):
    """`factor` times as many riders as otherwise: 1.4 for 40 % more."""

    factor: Factor


class Festival(LocalEffect):
    """Many people in one place: more riders and slower roads there, in the hours given."""

    name: Name
    demand: Factor = 1.8
    slow_down: Annotated[float, Field(ge=1, le=10)] = 1.3


class WeatherChange(Effect):
    """So many °C warmer (a heat wave) or colder, and so many mm of rain an hour more."""

    celsius: Annotated[float, Field(ge=-40, le=40)] = 0.0
    rain_mm: Annotated[float, Field(ge=0, le=100)] = 0.0


class Outage(LocalEffect):
    """The feeder gives `power_share` of its limit only: 0 for a blackout."""

    power_share: Annotated[float, Field(ge=0, le=1)] = 0.0


class PriceChange(Effect):
    """Energy costs `factor` times as much; of one tariff where it is named."""

    factor: Factor
    tariff: Name | None = None


class Closure(LocalEffect):
    """Stations are closed."""


class ChargerChange(LocalEffect):
    """Another type of charger: `kw` is the most power that it gives to one pack, which never takes more than its model may.

    `efficiency` is the share of the feeder's energy that arrives in packs.
    """

    kw: Annotated[float, Field(gt=0, le=50)]
    efficiency: Annotated[float, Field(gt=0.5, le=1)] = 0.9


class Addition(BaseModel):
    """A station that opens on `from_day`; most of its riders come from its neighbours.

    `new_demand` is the share of the usual demand of such a station that it adds to the city.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Name
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    slots: Annotated[int, Field(ge=1, le=200)]
    feeder_limit_kw: Annotated[float, Field(gt=0, le=1000)]
    tariff: Name | None = None
    zone: Name | None = None
    kind: SiteKind = SiteKind.URBAN
    opening_hours: Name = "24/7"
    from_day: DayNumber = 0
    new_demand: Annotated[float, Field(ge=0, le=5)] = 0.3
