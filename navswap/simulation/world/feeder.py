"""What the feeders give and what energy costs: outages, limits on hot evenings, and tariffs by time of use."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.calendar import DAYS_A_YEAR, Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.places import key_of
from navswap.simulation.world.scenario import Scenario
from navswap.simulation.world.weather import Weather

_CITY_KEY = key_of("the grid")


@dataclass(frozen=True, slots=True)
class FeederParameters:
    """How reliable the grid is; the defaults are those of a hot city of the demonstration's kind.

    Outages are of one site, or of all sites of a zone. On days as hot as `hot_celsius` (mean of the day) the grid limits the
    power in the evening with a probability of `limits_on_hot_days`, to `limit_share` of what each feeder has.
    """

    site_outages_a_year: float = 9.0
    zone_outages_a_year: float = 5.0
    outage_minutes: float = 45.0
    hot_celsius: float = 34.0
    limits_on_hot_days: float = 0.35
    limit_share: float = 0.6
    limit_minutes: tuple[float, float] = (17 * 60.0, 21 * 60.0)


@dataclass(frozen=True, slots=True)
class FeederEvent:
    """From and until a minute of the day (it may end after 1,440) a station has a share of its feeder's limit, 0 to 1."""

    station: int
    from_minute: float
    until_minute: float
    power_share: float


class Feeders:
    """The feeders of a run; a day depends on seed, date, weather and scenario alone."""

    def __init__(
        self,
        city: City,
        draws: Draws,
        calendar: Calendar,
        weather: Weather,
        scenario: Scenario,
        parameters: FeederParameters | None = None,
    ) -> None:
        self._city, self._draws, self._calendar = city, draws, calendar
        self._weather, self._scenario = weather, scenario
        self._parameters = parameters or FeederParameters()
        self.events = lru_cache(maxsize=8)(self._events)

    def power_share(self, station: int, day: int, minute: float) -> float:
        """Return the share of its limit that a station has in a minute of a day; the lowest of all that holds then."""
        yesterday = ((event, minute + 1440) for event in self.events(day - 1))
        today = ((event, minute) for event in self.events(day))
        return min(
            (
                event.power_share
                for event, at in (*today, *yesterday)
                if event.station == station and event.from_minute <= at < event.until_minute
            ),
            default=1.0,
        )

    def limit_kw(self, station: int, day: int, minute: float) -> float:
        """Return the most power that a station draws in a minute of a day."""
        return self._city.stations[station].feeder_limit_kw * self.power_share(station, day, minute)

    def price(self, station: int, day: int, minute: float) -> float:
        """Return what a kWh costs a station in a minute of a day, in the currency of its tariff."""
        tariff = self._city.tariffs[self._city.stations[station].tariff]
        usual = tariff.price(int(minute // 60) % 24, weekend=self._calendar.day(day).is_weekend)
        return usual * self._scenario.price_factor(day, minute, tariff.id)

    def _events(self, day: int) -> tuple[FeederEvent, ...]:
        """Return what happens on a day, by its begin; none before day 0."""
        if day < 0:
            return ()
        found = [*self._outages(day), *self._limits(day), *self._of_scenario(day)]
        return tuple(sorted(found, key=lambda event: (event.from_minute, event.station)))

    def _outages(self, day: int) -> Iterator[FeederEvent]:
        parameters = self._parameters
        zones: dict[str, tuple[float, float] | None] = {}
        for station, site in enumerate(self._city.stations):
            spans = [self._span(site.key, day, parameters.site_outages_a_year)]
            if site.zone is not None:
                if site.zone not in zones:
                    zones[site.zone] = self._span(key_of(site.zone), day, parameters.zone_outages_a_year)
                spans.append(zones[site.zone])
            yield from (FeederEvent(station, *span, power_share=0.0) for span in spans if span is not None)

    def _span(self, key: int, day: int, a_year: float) -> tuple[float, float] | None:
        """Return from and until when a feeder is without power on a day; None on most of them."""
        index = 3 * self._calendar.day(day).date.toordinal()
        if self._draws.uniform(Purpose.FEEDER_EVENT, key, index) >= a_year / DAYS_A_YEAR:
            return None
        begins = 1440 * self._draws.uniform(Purpose.FEEDER_EVENT, key, index + 1)
        lasts = 5 + self._parameters.outage_minutes * self._draws.exponential(
            Purpose.FEEDER_EVENT, key, index + 2
        )
        return begins, begins + lasts

    def _limits(self, day: int) -> Iterator[FeederEvent]:
        parameters = self._parameters
        if self._weather.day(day).mean_celsius < parameters.hot_celsius:
            return
        date = self._calendar.day(day).date.toordinal()
        if self._draws.uniform(Purpose.FEEDER_EVENT, _CITY_KEY, date) < parameters.limits_on_hot_days:
            for station in range(len(self._city.stations)):
                yield FeederEvent(station, *parameters.limit_minutes, power_share=parameters.limit_share)

    def _of_scenario(self, day: int) -> Iterator[FeederEvent]:
        for outage in self._scenario.outage:
            if outage.on_day(day):
                begins, ends = outage.from_hour * 60, outage.until_hour * 60
                for station, site in enumerate(self._city.stations):
                    if outage.touches(site):
                        yield FeederEvent(station, begins, ends, outage.power_share)
