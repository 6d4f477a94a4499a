"""A run: a city built up, its days lived through under a policy, and what that came to."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from navswap.kit.ids import SequentialIds
from navswap.simulation.draws import Draws
from navswap.simulation.engine.arrivals import Surroundings
from navswap.simulation.engine.asked_models import Asked, AskedModels, Memory
from navswap.simulation.engine.broken_holds import BrokenHolds
from navswap.simulation.engine.changes import Changes
from navswap.simulation.engine.charging import PlannedCharging
from navswap.simulation.engine.energy import EnergyMeter
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.faults import Faults
from navswap.simulation.engine.first_stock import build_station
from navswap.simulation.engine.forecasts import Forecasts
from navswap.simulation.engine.garbage import few_collections
from navswap.simulation.engine.health_reports import HealthReports
from navswap.simulation.engine.log import RunLog
from navswap.simulation.engine.meters import Meters
from navswap.simulation.engine.modelled import ModelledDemand, ModelledOutages
from navswap.simulation.engine.riders import Riders
from navswap.simulation.engine.road_speeds import RoadSpeeds
from navswap.simulation.engine.run import Recorder, Run, RunParameters, both
from navswap.simulation.engine.series import Series, series_of
from navswap.simulation.engine.staff import Staff
from navswap.simulation.engine.stations import (
    first_come_first_charged,
    least_need_first,
)
from navswap.simulation.engine.status_reports import StatusReports
from navswap.simulation.engine.storage import PartnerStorage
from navswap.simulation.engine.tariffs import Tariffs
from navswap.simulation.engine.technicians import Technicians
from navswap.simulation.engine.transport import Transport
from navswap.simulation.engine.visits import Visit
from navswap.simulation.engine.wear import Wear
from navswap.simulation.kpis import Kpis, LostSwap, Tally, Wait
from navswap.simulation.policies import Asks, Charging, Policy
from navswap.simulation.remembering import Remembering
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.city import City
from navswap.simulation.world.demand import riders_of_day
from navswap.simulation.world.feeder import Feeders
from navswap.simulation.world.scenario import Scenario
from navswap.simulation.world.travel import TravelTimes
from navswap.simulation.world.weather import Weather

HOUR_MINUTES = 60.0
DAY_MINUTES = 24 * HOUR_MINUTES
START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday; a run begins at the local midnight of this date."""

Progress = Callable[[float], None]
"""Takes the share of a run that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How long a run is, and what chance decides in it.

    `walk_in_share` is what the rules believe of riders without a hold, `parts_fail` whether slots, chargers and stations fail.
    """

    days: int = 1
    seed: int = 1
    start: datetime = START
    walk_in_share: float = 0.1
    parts_fail: bool = True
    parameters: RunParameters = field(default_factory=RunParameters)
    plans_at_once: bool = False
    """Whether charging is planned again at every change of a station, rather than at the quarter of an hour after it."""
    plans_transport_every: float | None = None
    """Minutes between two plans of what to move; None: as the parameters say."""
    warm_up_days: int = 0
    """Days before those that count, lived through under one policy whatever is compared: the past of the run."""

    @property
    def first_day(self) -> datetime:
        """Return the first day of the warm-up, or that which counts where there is none."""
        return self.start - timedelta(days=self.warm_up_days)

    def begins_at(self, city: City) -> datetime:
        """Return the midnight of a city at which its run begins, in UTC."""
        return self.first_day.replace(tzinfo=ZoneInfo(city.time_zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to, and what it took: `events` handled, `facts` by type, `seconds` on this machine."""

    policy: str
    seed: int
    days: int
    stations: int
    kpis: Kpis
    facts: dict[str, int]
    events: int
    seconds: float
    series: Series
    model_calls: int | None = None
    """How often models were asked; None where the policy asks none, 0 where it does and too little was known."""
    asked: Mapping[str, Asked] = field(default_factory=dict)
    """Of each model that the policy asks how often it answered, and how often the rule did."""
    lost: Sequence[LostSwap] = ()
    """The riders who wanted packs and got none, in the order in which they gave up."""
    waited: Sequence[Wait] = ()
    """The riders who waited and were served, in the order in which they were."""


class Simulation:
    """One city under one policy; raises BadScenarioError for a scenario that does not fit the city."""

    def __init__(
        self,
        city: City,
        policy: Policy,
        options: RunOptions,
        scenario: Scenario | None = None,
        recorder: Recorder | None = None,
        log: RunLog | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._options = options
        self._scenario = (scenario or Scenario()).later(options.warm_up_days)
        city = self._scenario.apply_to(city)
        draws = Draws(options.seed)
        self._calendar = Calendar(options.first_day.date(), city.country)
        self._weather = Weather(draws, self._calendar, scenario=self._scenario)
        roads = options.parameters.swapping.roads
        world = city, draws, self._calendar, self._weather, self._scenario
        travel = TravelTimes(*world, roads=roads)
        self.run = self._build_run(city, policy, draws, travel)
        self.run.recorder, self.run.log = recorder, log
        if memory is not None:
            self.run.models = AskedModels(memory, self.run.agenda)
            remembering = Remembering(memory.history)
            self.run.recorder = remembering if recorder is None else both(remembering, recorder)
        self.riders = Riders(self.run)
        self._surroundings = Surroundings(city, travel)
        holds = BrokenHolds(self.run, self.riders)
        self.faults = Faults(self.run, self.riders, holds, Technicians(self.run))
        self._changes = Changes(self.run, self._scenario, Feeders(*world), holds)
        self.charging: PlannedCharging | None = None
        self.transport: Transport | None = None
        self._visits: Iterator[Visit] = iter(())
        self._reports = StatusReports(self.run)
        self._operate(0.0)
        self._start_parts(is_recorded=recorder is not None, is_remembered=memory is not None)
        if log is not None:
            log.began(self.run.stations)

    def _build_run(self, city: City, policy: Policy, draws: Draws, travel: TravelTimes) -> Run:
        options = self._options
        swapping, hours = options.parameters.swapping, (options.warm_up_days or options.days) * 24
        agenda = Agenda(options.begins_at(city))
        promise = swapping.promised_soc_percent
        stations = [
            build_station(index, site, city, draws, agenda, promise)
            for index, site in enumerate(city.stations)
        ]
        return Run(
            city=city,
            policy=policy,
            draws=draws,
            parameters=options.parameters,
            agenda=agenda,
            ids=SequentialIds(f"s{options.seed}"),
            stations=stations,
            forecasts=Forecasts(city, agenda, swapping.hold, options.walk_in_share),
            energy=EnergyMeter(city, agenda, self._scenario, hours),
            wear=Wear(draws, agenda),
            kpis=Tally(len(stations), hours),
            roads=travel.slow_down,
        )

    def _operate(self, now: float) -> None:
        """Put on the agenda what the network does by itself, as the policy says, and let it ask the models."""
        run, options = self.run, self._options
        policy = run.policy
        for station in run.stations:
            station.order = (
                least_need_first if policy.charging is Charging.LEAST_NEED_FIRST else first_come_first_charged
            )
            station.share_power(now)
        if run.models is not None:
            demand = ModelledDemand(
                run.models,
                [station.id for station in run.stations],
                options.parameters.swapping.hold,
                options.walk_in_share,
            )
            run.forecasts.buffers = demand if Asks.BUFFER in policy.asks else None
            outages = ModelledOutages(run.models, [station.id for station in run.stations])
            run.forecasts.outages = outages if Asks.OUTAGES in policy.asks else None
            run.forecasts.charging = demand if Asks.CHARGING in policy.asks else None
        if policy.charging is Charging.PLANNED:
            tariffs, at_once = (
                Tariffs(run.city, self._scenario, int(now // DAY_MINUTES)),
                options.plans_at_once,
            )
            self.charging = PlannedCharging(run, self.riders.serve, tariffs, now, at_once=at_once)
            self.charging.start(now)
        if policy.rebalances:
            self.transport = Transport(run, self.riders, interval_minutes=options.plans_transport_every)
            self.transport.start(now)
        if policy.diverts_staff:
            Staff(run, self.riders).start(now)

    def _start_parts(self, *, is_recorded: bool, is_remembered: bool) -> None:
        """Put on the agenda what happens whatever the policy, and what only a run that is recorded or remembered reports."""
        run = self.run
        if run.recorder is not None:
            self._reports.start()
        if is_recorded:
            Meters(run, self._weather).start()
            HealthReports(run, self._weather).start()
        if is_recorded or is_remembered:
            RoadSpeeds(run).start()
            PartnerStorage(run).start()
        if self._options.parts_fail:
            self.faults.start()
        run.agenda.at(HOUR_MINUTES, self._close_hour, None)

    def live(self, progress: Progress | None = None) -> RunResult:
        """Live through all days and return what they came to."""
        began = time.perf_counter()
        with few_collections():
            first, end = self._options.warm_up_days, self._options.warm_up_days + self._options.days
            for day in range(first, end):
                self._live_day(day, progress)
        return self._result(time.perf_counter() - began, end * DAY_MINUTES)

    def live_with(self, visits: Iterator[Visit], minutes: float) -> RunResult:
        """Live through the first minutes of a run with given riders, in the order in which they ask; no feeder fails."""
        began = time.perf_counter()
        self._visits = visits
        self._send_next(0.0, None)
        self.run.agenda.run_until(minutes)
        return self._result(time.perf_counter() - began, minutes)

    def warm_up(self) -> None:
        """Live through the days before those that count."""
        with few_collections():
            for day in range(self._options.warm_up_days):
                self._live_day(day)
        self._visits = iter(())

    def begin(self, policy: Policy, *, is_recorded: bool = False) -> None:
        """Run the network under a policy from here on, the end of the warm-up, and count from here on.

        A run that asks no model remembers no more, unless it `is_recorded`. Raises ValueError where the warm-up's policy has
        operations of its own: those cannot be taken back.
        """
        run = self.run
        if self.charging is not None or self.transport is not None or run.policy.diverts_staff:
            raise ValueError(f"after {run.policy.name}, which operates a network, no other policy can begin")
        now, run.policy = self._options.warm_up_days * DAY_MINUTES, policy
        if not policy.asks:
            run.models = None
            if not is_recorded:
                run.recorder = None
                self._reports.stop()
        self._count_from(now)
        self._operate(now)

    def _count_from(self, now: float) -> None:
        """Begin all counts of the run at this minute."""
        run, hours, first_hour = self.run, self._options.days * 24, self._options.warm_up_days * 24
        for station in run.stations:
            run.energy.draw(station, station.settle(now), now)
            station.stock_changed(now)
            station.stock_out_minutes = 0.0
        run.energy = EnergyMeter(run.city, run.agenda, self._scenario, hours, first_hour)
        run.kpis = Tally(len(run.stations), hours, first_hour)
        run.wear.lost_percent, run.agenda.handled = 0.0, 0
        run.facts.clear()

    def _live_day(self, day: int, progress: Progress | None = None) -> None:
        self.run.begin_day(day * DAY_MINUTES)
        if self.charging is not None:
            self.charging.begin_day(day)
        self._visits = self._visits_of(day)
        self._changes.plan(day)
        self._send_next(day * DAY_MINUTES, None)
        for hour in range(1, 25):
            self.run.agenda.run_until((day + hour / 24) * DAY_MINUTES)
            if progress is not None:
                progress((day - self._options.warm_up_days + hour / 24) / self._options.days)

    def _result(self, seconds: float, end: float) -> RunResult:
        run = self.run
        for station in run.stations:
            run.energy.draw(station, station.settle(end), end)
            station.stock_changed(end)
        if run.log is not None:
            run.log.day_ended(run.stations, end)
        return RunResult(
            policy=run.policy.name,
            seed=self._options.seed,
            days=self._options.days,
            stations=len(run.stations),
            kpis=run.kpis.kpis(
                stock_out_minutes=sum(station.stock_out_minutes for station in run.stations),
                energy_kwh=run.energy.kwh,
                energy_cost=run.energy.cost,
                soh_lost_percent=run.wear.lost_percent,
            ),
            facts=dict(sorted(run.facts.items())),
            events=run.agenda.handled,
            seconds=seconds,
            series=series_of(run.kpis, run.energy, run.stations),
            model_calls=self._model_calls,
            lost=tuple(run.kpis.lost),
            waited=tuple(run.kpis.waited),
            asked={} if self._model_calls is None or run.models is None else dict(run.models.asked),
        )

    @property
    def _model_calls(self) -> int | None:
        if not self.run.policy.asks:
            return None
        return 0 if self.run.models is None else self.run.models.calls

    def _send_next(self, now: float, visit: Visit | None) -> None:
        """Let a rider ask, and note when the next one does: the heap holds one of those to come."""
        following = next(self._visits, None)
        if following is not None:
            self.run.agenda.at(following.asked_at, self._send_next, following)
        if visit is not None:
            self.run.kpis.ask(now)
            self.riders.ask(now, visit)

    def _close_hour(self, now: float, about: object) -> None:
        """Take over what was charged in the hour, while its price holds."""
        self.run.agenda.at(now + HOUR_MINUTES, self._close_hour, about)
        for station in self.run.stations:
            self.run.energy.draw(station, station.settle(now), now)
        if self.run.log is not None and now % DAY_MINUTES == 0:
            self.run.log.day_ended(self.run.stations, now)

    def _visits_of(self, day: int) -> Iterator[Visit]:
        run = self.run
        riders = riders_of_day(run.city, day, run.draws, self._weather, self._calendar, self._scenario)
        return self._surroundings.visits(riders, day * DAY_MINUTES)
