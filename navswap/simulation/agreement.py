"""Whether the live and the offline twin agree: the same riders at the same stock, through the API and in one process."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.table import Table

from navswap.features.packs.domain.values import Pack, Place, PlaceKind
from navswap.kit.errors import NavSwapError
from navswap.kit.geo import Point
from navswap.simulation.draws import Draws
from navswap.simulation.engine.arrivals import Surroundings
from navswap.simulation.engine.bays import Bay
from navswap.simulation.engine.run import RunParameters
from navswap.simulation.engine.simulation import RunOptions, RunResult, Simulation
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit
from navswap.simulation.live.dealt import DealtNeeds, Stock
from navswap.simulation.live.meter import Meter, quantile
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import Fate, TripPlan
from navswap.simulation.live.riders import KMH
from navswap.simulation.live.stations import SCAN_MINUTES
from navswap.simulation.policies import POLICIES
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.demand import riders_of_day
from navswap.simulation.world.scenario import Scenario
from navswap.simulation.world.travel import TravelTimes
from navswap.simulation.world.weather import Weather

POLICY = "rules"
"""What a server runs."""
DAY_MINUTES = 24 * 60.0
CANCEL_MINUTES = 6.0
"""`TripPlan.cancels_at` is a share of these."""


class SpanCrossesMidnightError(NavSwapError):
    """The riders of one day are compared: the span has to end before midnight in the city."""

    code = "SPAN_CROSSES_MIDNIGHT"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of both; `difference_percent` is that of the live one, nan where the offline one is 0 or unknown."""

    name: str
    live: float
    offline: float

    @property
    def difference_percent(self) -> float:
        """Return by how much the live figure is above the offline one."""
        return 100.0 * (self.live - self.offline) / self.offline if self.offline else math.nan


class Span:
    """The riders of a city who ask within a span of a day: `start` is local, `minutes` long.

    Raises SpanCrossesMidnightError.
    """

    def __init__(self, city: City, seed: int, start: datetime, minutes: float) -> None:
        self.city, self.seed, self.start, self.minutes = city, seed, start, minutes
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        self._offset = (start - midnight) / timedelta(minutes=1)
        if self._offset + minutes > DAY_MINUTES:
            raise SpanCrossesMidnightError("The span ends after midnight in the city; give fewer --minutes.")
        self._parameters = RunParameters()
        draws, calendar = Draws(seed), Calendar(start.date(), city.country)
        weather, scenario = Weather(draws, calendar), Scenario()
        self._travel = TravelTimes(
            city, draws, calendar, weather, scenario, roads=self._parameters.swapping.roads
        )
        self._day = riders_of_day(city, 0, draws, weather, calendar, scenario)

    def visits(self) -> Iterator[Visit]:
        """Yield the visits, in minutes from the start on."""
        for visit in Surroundings(self.city, self._travel).visits(self._day, -self._offset):
            if 0.0 <= visit.asked_at < self.minutes:
                yield visit

    def slow_down(self, station: int, now: float) -> float:
        """Return how many times as long as on free roads a ride to a station takes, `now` minutes after the start."""
        return self._travel.slow_down(station, now + self._offset)

    def needs(self) -> list[tuple[float, TripPlan]]:
        """Return the same riders as the agents take them, each with its minute."""
        columns = self._day.key, self._day.longitude, self._day.latitude
        points = {
            key: Point(longitude, latitude)
            for key, longitude, latitude in zip(*(column.tolist() for column in columns), strict=True)
        }
        return [(visit.asked_at, self._need(visit, points[visit.key])) for visit in self.visits()]

    def dealt(self, speed: float) -> DealtNeeds:
        """Return the same riders as the needs of a live run at a speed."""
        return DealtNeeds(self.needs(), Pace(speed))

    def live_offline(self, stock: Stock) -> RunResult:
        """Live through the span offline, from the stock on that the live stations had."""
        options = RunOptions(seed=self.seed, start=self.start, parts_fail=False, parameters=self._parameters)
        simulation = Simulation(self.city, POLICIES[POLICY], options)
        simulation.run.roads = self.slow_down
        for station in simulation.run.stations:
            _stock(simulation, station, stock.get(station.value.information.name, {}))
        return simulation.live_with(self.visits(), self.minutes)

    def _need(self, visit: Visit, point: Point) -> TripPlan:
        roads, service = self._parameters.swapping.roads, self._parameters.swapping.visits.service_minutes
        slower = visit.slow_ride * self.slow_down(visit.home, visit.asked_at)
        fate = Fate.SWAP
        if not visit.shows_up:
            fate = Fate.NO_SHOW
        elif visit.cancels_after < visit.ways[0] * slower:
            fate = Fate.CANCEL
        return TripPlan(
            need_percent=visit.soc_percent,
            percent_per_hour=math.inf,
            place=(0.0, 0.0, 0.0),
            fate=fate,
            is_walk_in=visit.walks_in,
            choice=0.0,
            haste=slower * KMH / roads.rider_kmh,
            service_minutes=max(0.0, service - SCAN_MINUTES),
            patience_minutes=visit.patience_minutes,
            cancels_at=0.0 if fate is not Fate.CANCEL else visit.cancels_after / CANCEL_MINUTES,
            at=point,
        )


def compare(live: Meter, offline: RunResult) -> tuple[Compared, ...]:
    """Return the figures of both side by side: counts, shares in %, and minutes of the riders' lives."""
    kpis, ended = offline.kpis, live.swaps + live.lost_swaps
    p90 = quantile(live.waits, 0.9)
    return (
        Compared("swaps", live.swaps, kpis.swaps),
        Compared("served, %", 100.0 * live.swaps / ended if ended else math.nan, 100.0 - kpis.lost_percent),
        Compared("mean wait, min", _mean(live.waits), kpis.mean_wait_minutes),
        Compared("wait of 9 in 10 at most, min", math.nan if p90 is None else p90, kpis.p90_wait_minutes),
        Compared("charge handed out, mean, %", _mean(live.charges), kpis.mean_soc_out_percent),
    )


def as_table(compared: Sequence[Compared]) -> Table:
    """Return the figures as a terminal shows them."""
    table = Table(title="the same riders, live and offline")
    table.add_column("figure")
    for column in ("live", "offline", "difference"):
        table.add_column(column, justify="right")
    for figure in compared:
        table.add_row(
            figure.name,
            f"{figure.live:,.2f}",
            f"{figure.offline:,.2f}",
            f"{figure.difference_percent:+.1f} %",
        )
    return table


def _mean(values: Collection[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _stock(simulation: Simulation, station: SimStation, charges: Mapping[int, float]) -> None:
    """Put packs of these charges, as good as new, into the slots of a station, and plan its charging by them."""
    start = simulation.run.agenda.moment_of(0.0)
    for bay in station.bays:
        bay.take()
        if bay.evse_id in charges:
            bay.put(_pack(station, bay, charges[bay.evse_id], start), 0.0, station.promised_soc_percent)
    station.stock_changed(0.0)
    if simulation.charging is not None:
        simulation.charging.plan(0.0, station)


def _pack(station: SimStation, bay: Bay, soc_percent: float, start: datetime) -> Pack:
    return Pack(
        id=f"{station.id}-{bay.evse_id}",
        soc_percent=soc_percent,
        soh_percent=100.0,
        cycles=0,
        place=Place(PlaceKind.SLOT, station.id, bay.evse_id),
        reported_at=start,
        model_id=bay.model.id,
    )
