"""What the parts of a run share: the city as it stands, the time, the parameters, and where facts go."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.logistics.domain.parameters import LogisticsParameters
from navswap.features.packs.domain.values import Pack
from navswap.features.stations.domain.hours import gives_holds
from navswap.features.stations.domain.values import StationState
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.kit.facts import Fact
from navswap.kit.ids import Ids
from navswap.kit.opening_hours import Timetable
from navswap.simulation.draws import Draws
from navswap.simulation.engine.asked_models import AskedModels
from navswap.simulation.engine.energy import EnergyMeter
from navswap.simulation.engine.events import Agenda
from navswap.simulation.engine.forecasts import Forecasts
from navswap.simulation.engine.log import RunLog
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.wear import Wear
from navswap.simulation.kpis import Tally
from navswap.simulation.policies import Asks, Policy
from navswap.simulation.world.city import City

Recorder = Callable[[Sequence[Fact], datetime, datetime], None]
"""Takes facts with the time at which they became true and the one at which they were known; the latter never goes back."""
Roads = Callable[[int, float], float]
"""Returns how many times as long as on free roads a ride to a station (by index) takes at a minute of the run; at least 1."""
ALWAYS = "24/7"
OPENING_STEP_MINUTES = 15.0
"""How finely opening hours are looked at."""


def free_everywhere(station: int, now: float) -> float:  # noqa: ARG001 - free roads are the same everywhere
    """Return 1: nothing slows anything down."""
    return 1.0


def both(first: Recorder, second: Recorder) -> Recorder:
    """Return what hands facts to two recorders, one after the other."""

    def record(facts: Sequence[Fact], moment: datetime, known: datetime) -> None:
        first(facts, moment, known)
        second(facts, moment, known)

    return record


@dataclass(frozen=True, slots=True)
class RunParameters:
    """What the network of a run is operated by."""

    swapping: SwappingParameters = field(default_factory=SwappingParameters)
    energy: EnergyParameters = field(default_factory=EnergyParameters)
    logistics: LogisticsParameters = field(default_factory=LogisticsParameters)


@dataclass(slots=True)
class Run:
    """One city under one policy; `recorder`, `log` and `models` are None where nothing is recorded, logged or remembered."""

    city: City
    policy: Policy
    draws: Draws
    parameters: RunParameters
    agenda: Agenda
    ids: Ids
    stations: Sequence[SimStation]
    forecasts: Forecasts
    energy: EnergyMeter
    wear: Wear
    kpis: Tally
    recorder: Recorder | None = None
    log: RunLog | None = None
    models: AskedModels | None = None
    facts: Counter[str] = field(default_factory=Counter)
    roads: Roads = free_everywhere
    station_of: dict[str, SimStation] = field(init=False)
    _timetables: Sequence[int | None] = field(init=False)
    """Of each station the number of its opening hours, one for all stations that have the same; None where it is always open."""
    _opening: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.station_of = {station.id: station for station in self.stations}
        numbers: dict[Timetable, int] = {}
        timetables = [station.value.information.timetable for station in self.stations]
        self._timetables = [
            None
            if hours.notation == ALWAYS and not hours.exceptions
            else numbers.setdefault(hours, len(numbers))
            for hours in timetables
        ]

    def publish(self, facts: Sequence[Fact], now: float, *, happened: float | None = None) -> None:
        """Count facts, and record them where the run is recorded; they `happened` now if nothing else is given."""
        for fact in facts:
            self.facts[fact.type] += 1
        if self.recorder is not None:
            known = self.agenda.moment_of(now)
            self.recorder(facts, known if happened is None else self.agenda.moment_of(happened), known)

    def gives_holds(self, index: int, now: float) -> bool:
        """Return whether a station is open and does not close before a hold that is given now ends."""
        value = self.stations[index].value
        if value.status.state is not StationState.OPEN:
            return False
        timetable = self._timetables[index]
        if timetable is None:
            return True
        step = int(now // OPENING_STEP_MINUTES)
        if (known := self._opening.get((timetable, step))) is None:
            start = self.agenda.moment_of(step * OPENING_STEP_MINUTES)
            known = gives_holds(value, start, start + self.parameters.swapping.hold)
            self._opening[timetable, step] = known
        return known

    def begin_day(self, now: float) -> None:
        """Drop what was remembered of the day before."""
        self._opening.clear()
        self.forecasts.forget(now)
        self.energy.forget()
        if self.models is not None:
            self.models.forget(now)

    def asked(self, what: Asks) -> AskedModels | None:
        """Return the models where the policy asks them for a decision."""
        return self.models if what in self.policy.asks else None

    def slow_down(self, station: int, now: float) -> float:
        """Return how many times as long as on free roads a ride to a station takes now."""
        return self.roads(station, now)

    def store(self, station: SimStation, packs: Iterable[Pack]) -> None:
        """Put changed packs where they stand: in the slots of the station."""
        for pack in packs:
            station.bays[(pack.place.evse_id or 1) - 1].pack = pack
