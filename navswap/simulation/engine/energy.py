"""What charging draws, what it costs, and what chargers may draw when."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.world.city import City
from navswap.simulation.world.places import Tariff
from navswap.simulation.world.scenario import Scenario

SATURDAY = 5
DAY_MINUTES = 24 * 60


class EnergyMeter:
    """Adds up kWh and their cost by the prices of each station's tariff, over so many hours of a run from the first one on."""

    def __init__(
        self, city: City, agenda: Agenda, scenario: Scenario, hours: int, first_hour: int = 0
    ) -> None:
        self._agenda = agenda
        self._scenario = scenario
        self._first_hour = first_hour
        self._zone = ZoneInfo(city.time_zone)
        self._tariffs: Sequence[Tariff | None] = [city.tariffs.get(site.tariff) for site in city.stations]
        self._prices: dict[tuple[str, int], float] = {}
        self.kwh = 0.0
        self.cost = 0.0
        self.cost_by_station = [0.0] * len(city.stations)
        self.kwh_by_station = [0.0] * len(city.stations)
        self.kwh_by_hour = [0.0] * hours
        self.cost_by_hour = [0.0] * hours

    def draw(self, station: SimStation, kwh: float, now: float) -> None:
        """Add energy that was drawn since the last hour began, or within the hour that ends now."""
        if kwh <= 0.0:
            return
        cost = kwh * self.price(station.index, now)
        self.kwh += kwh
        self.cost += cost
        self.cost_by_station[station.index] += cost
        self.kwh_by_station[station.index] += kwh
        hour = int((now - 1e-6) // 60) - self._first_hour
        self.kwh_by_hour[hour] += kwh
        self.cost_by_hour[hour] += cost

    def forget(self) -> None:
        """Drop the prices that were looked up."""
        self._prices.clear()

    def price(self, station: int, now: float) -> float:
        """Return the price per kWh in the hour that a minute lies in, its end included; 0 without a tariff."""
        tariff = self._tariffs[station]
        if tariff is None:
            return 0.0
        hour = int((now - 1e-6) // 60)
        key = tariff.id, hour
        if (known := self._prices.get(key)) is None:
            local = (self._agenda.start + timedelta(hours=hour, minutes=30)).astimezone(self._zone)
            known = tariff.price(local.hour, weekend=local.weekday() >= SATURDAY)
            day, into = divmod(hour * 60 + 30, DAY_MINUTES)
            known *= self._scenario.price_factor(day, into, tariff.id)
            self._prices[key] = known
        return known
