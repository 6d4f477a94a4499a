"""Tariffs as the charging plans know them: those of the city, with the prices that a scenario sets for the day."""

from itertools import groupby

from navswap.features.energy.domain import tariffs as energy_tariffs
from navswap.features.energy.domain.tariffs import DayKind, PricePeriod, Tariff
from navswap.simulation.world import places
from navswap.simulation.world.city import City
from navswap.simulation.world.scenario import Scenario

CURRENCY = "INR"
HOUR_MINUTES = 60.0


class Tariffs:
    """The tariffs of a network, saved again at the midnight at which a scenario changes their prices.

    Prices of a day are known from its midnight on, and believed to hold on the days after: no plan looks further than
    what is saved.
    """

    def __init__(self, city: City, scenario: Scenario, day: int = 0) -> None:
        """Save the prices of the day with which planning begins."""
        self._city = city
        self._scenario = scenario
        self._known: dict[str, Tariff] = {}
        self.begin_day(day)

    def of(self, tariff_id: str) -> Tariff | None:
        """Return a tariff as it is saved; None where the city has none of that name."""
        return self._known.get(tariff_id)

    def begin_day(self, day: int) -> frozenset[str]:
        """Save the prices of a day, counted from the start of the run; returns the tariffs that are new or changed."""
        changed = set()
        for tariff in self._city.tariffs.values():
            saved = energy_tariffs.save(self._known.get(tariff.id), self._priced(tariff, day))
            if saved.is_change:
                self._known[tariff.id] = saved.after
                changed.add(tariff.id)
        return frozenset(changed)

    def _priced(self, tariff: places.Tariff, day: int) -> Tariff:
        factors = [
            self._scenario.price_factor(day, (hour + 0.5) * HOUR_MINUTES, tariff.id) for hour in range(24)
        ]
        periods: list[PricePeriod] = []
        for days, by_hour in ((DayKind.WEEKDAY, tariff.weekday), (DayKind.WEEKEND, tariff.weekend)):
            start = 0
            for price, hours in groupby(
                price * factor for price, factor in zip(by_hour, factors, strict=True)
            ):
                end = start + len(list(hours))
                periods.append(PricePeriod(days, start, end, price))
                start = end
        return Tariff(
            tariff.id,
            tariff.id,
            self._city.time_zone,
            CURRENCY,
            tuple(periods),
            tariff.demand_charge_per_kw_month,
        )
