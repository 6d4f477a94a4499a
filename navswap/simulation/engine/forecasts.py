"""The forecasts that decisions of a run are made on: last week's counts, and the prior until a week was observed."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from navswap.features.energy.domain.values import EnergyForecast
from navswap.features.logistics.domain.needs import InventoryKey
from navswap.features.swapping.domain.outages import NO_OUTAGE_FORECAST, OutageForecast
from navswap.features.swapping.domain.promises import DemandForecast
from navswap.kit.demand import PRIORS, SiteKind, SwapPrior
from navswap.kit.forecasts import Source
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.modelled import QUARTER_MINUTES, ModelledDemand, ModelledOutages
from navswap.simulation.world.city import City

WEEK_HOURS = 7 * 24
HOUR = timedelta(hours=1)


class Forecasts:
    """Counts the swaps of each station by the hour of the run, and forecasts by them."""

    def __init__(self, city: City, agenda: Agenda, hold: timedelta, walk_in_share: float) -> None:
        self._city = city
        self._agenda = agenda
        self._hold_hours = hold / HOUR
        self._walk_in_share = walk_in_share
        self._swaps: list[dict[int, int]] = [{} for _ in city.stations]
        self._walk_ins: list[dict[int, int]] = [{} for _ in city.stations]
        self._priors = [_prior_of(site.kind) for site in city.stations]
        self._packs: dict[int, Counter[InventoryKey]] = {}
        """Packs that riders took by the hour of the run, of the last week."""
        self._ids = [site.id for site in city.stations]
        self._known: dict[tuple[int, int], DemandForecast] = {}
        self._expected: dict[tuple[int, int], float] = {}
        self.buffers: ModelledDemand | None = None
        """What the model of load says of walk-ins; None where it is not asked."""
        self.outages: ModelledOutages | None = None
        """What the model of reliability says of stations; None where it is not asked."""
        self.charging: ModelledDemand | None = None
        """What it says to charging plans; None where it is not asked."""

    def count(self, station: int, now: float, *, walk_in: bool) -> None:
        """Count a swap."""
        hour = int(now // 60)
        self._swaps[station][hour] = self._swaps[station].get(hour, 0) + 1
        if walk_in:
            self._walk_ins[station][hour] = self._walk_ins[station].get(hour, 0) + 1

    def forget(self, now: float) -> None:
        """Drop what no later decision looks at, so that a long run takes no more memory than a week."""
        self._known.clear()
        self._expected.clear()
        oldest = int(now // 60) - WEEK_HOURS
        for counted in (*self._swaps, *self._walk_ins):
            for hour in [hour for hour in counted if hour < oldest]:
                del counted[hour]
        for hour in [hour for hour in self._packs if hour < oldest]:
            del self._packs[hour]

    def count_packs(self, station: int, now: float, model_id: str, packs: int) -> None:
        """Count the packs of a swap."""
        taken = self._packs.setdefault(int(now // 60), Counter())
        taken[self._ids[station], model_id] += packs

    def packs_last_week(self, now: float, hours: int) -> Mapping[InventoryKey, int]:
        """Return the packs that riders took a week ago, in the like hour and those after it, by station and model."""
        first = int(now // 60) - WEEK_HOURS
        total: Counter[InventoryKey] = Counter()
        for hour in range(first, first + hours):
            total.update(self._packs.get(hour, {}))
        return total

    def walk_ins(self, station: int, now: float) -> DemandForecast:
        """Return the walk-in swaps expected during a hold that is given now."""
        if self.buffers is not None and (said := self.buffers.walk_ins(station, now)) is not None:
            return said
        hour = int(now // 60)
        key = station, hour
        if (known := self._known.get(key)) is None:
            if hour >= WEEK_HOURS:
                counted = self._walk_ins[station].get(hour - WEEK_HOURS, 0)
                known = DemandForecast(counted * self._hold_hours, Source.BASELINE)
            else:
                share = self._walk_in_share * self._hold_hours
                known = DemandForecast(share * self._believed(station, hour), Source.PRIOR)
            self._known[key] = known
        return known

    def outages_at(self, station: int, now: float) -> OutageForecast:
        """Return the outages that a station is expected to have, where a model forecasts them."""
        return NO_OUTAGE_FORECAST if self.outages is None else self.outages.of(self._ids[station], now)

    def swaps_by_hour(self, station: int, now: float, hours: int) -> tuple[float, ...]:
        """Return the swaps expected in each of the next hours, the present one first."""
        first = int(now // 60)
        return tuple(self.swaps_in_hour(station, hour) for hour in range(first, first + hours))

    def for_charging(self, station: int, now: float, hours: int, auxiliary_kw: float) -> EnergyForecast:
        """Return what charging is planned by: the model's first hours, where it is asked and answers, then the baseline's."""
        swaps, source, model = self.swaps_by_hour(station, now, hours), self.source(now), ""
        if self.charging is not None and (first := self.charging.first_hours(station, now)[:hours]):
            swaps, source, model = (*first, *swaps[len(first) :]), Source.MODEL, self.charging.model
        return EnergyForecast(swaps, auxiliary_kw, source, self._agenda.moment_of(now), model)

    def turn(self, now: float) -> int:
        """Return a number that changes when forecasts for charging do: the hour, or the quarter where a model is asked."""
        return int(now // (60.0 if self.charging is None else QUARTER_MINUTES))

    def swaps_in_hour(self, station: int, hour: int) -> float:
        """Return the swaps expected in an hour of the run: as many as a week before, else what the prior believes."""
        if hour >= WEEK_HOURS:
            return float(self._swaps[station].get(hour - WEEK_HOURS, 0))
        return self._believed(station, hour)

    def swaps_counted(self, station: int, hour: int) -> int:
        """Return the swaps of a station in an hour of the run that is over."""
        return self._swaps[station].get(hour, 0)

    def source(self, now: float) -> Source:
        """Return what the forecasts made now are computed from."""
        return Source.BASELINE if now >= WEEK_HOURS * 60 else Source.PRIOR

    def _believed(self, station: int, hour: int) -> float:
        key = station, hour
        if (known := self._expected.get(key)) is None:
            prior, site = self._priors[station], self._city.stations[station]
            start = self._agenda.moment_of(hour * 60.0)
            known = self._expected[key] = (
                0.0 if prior is None else prior.expected_swaps(site.slots, start, HOUR, self._city.time_zone)
            )
        return known


def _prior_of(kind: SiteKind) -> SwapPrior | None:
    return PRIORS.get(kind)
