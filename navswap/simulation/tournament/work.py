"""One run of a tournament: what it takes, what it gives, and how it is carried out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from navswap.ml.serving import Models
from navswap.simulation.engine.log import Collected
from navswap.simulation.engine.series import Series
from navswap.simulation.engine.simulation import DAY_MINUTES, RunOptions, RunResult, Simulation
from navswap.simulation.kpis import Kpis
from navswap.simulation.policies import Policy
from navswap.simulation.regret.rebalancing import RegretParameters
from navswap.simulation.regret.regret import Regret, regret_of
from navswap.simulation.warm_up import Warmed, simulation_of
from navswap.simulation.world.city import City
from navswap.simulation.world.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs share; the seed of `options` is that of none of them.

    No regret is computed without `regret`.     `models` is the folder of the models, where a policy asks them. After a warm-up no regret is computed: the optimum is that of
    a run from its beginning.
    """

    city: City
    options: RunOptions
    scenario: Scenario = field(default_factory=Scenario)
    regret: RegretParameters | None = None
    models: Path | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One run: a policy and a seed."""

    policy: Policy
    seed: int

    @property
    def key(self) -> tuple[str, int]:
        """Return what the run is found by."""
        return self.policy.name, self.seed


@dataclass(frozen=True, slots=True)
class Record:
    """What a run came to, small enough to be kept: `seconds` are those that it took, without the regret."""

    policy: str
    seed: int
    kpis: Kpis
    series: Series
    regret: Regret | None
    events: int
    seconds: float

    @property
    def figures(self) -> dict[str, float]:
        """Return the figures that policies are compared by."""
        return self.kpis.as_dict() | (self.regret.as_figures() if self.regret is not None else {})

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold: nan becomes None."""
        kpis = {name: None if math.isnan(value) else value for name, value in self.kpis.as_dict().items()}
        return {
            "policy": self.policy,
            "seed": self.seed,
            "kpis": kpis,
            "series": self.series.as_dict(),
            "regret": self.regret.as_dict() if self.regret is not None else None,
            "events": self.events,
            "seconds": self.seconds,
        }

    @classmethod
    def of_result(cls, result: RunResult, regret: Regret | None = None) -> Self:
        """Return the record of a run."""
        return cls(
            result.policy, result.seed, result.kpis, result.series, regret, result.events, result.seconds
        )

    @classmethod
    def of_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the record that `as_dict` gave; raises KeyError, TypeError or ValueError for anything else."""
        kpis: dict[str, Any] = {
            found.name: math.nan if (value := stored["kpis"][found.name]) is None else value
            for found in fields(Kpis)
        }
        series = {found.name: tuple(stored["series"][found.name]) for found in fields(Series)}
        return cls(
            policy=str(stored["policy"]),
            seed=int(stored["seed"]),
            kpis=Kpis(**kpis),
            series=Series(**series),
            regret=Regret(**stored["regret"]) if stored["regret"] is not None else None,
            events=int(stored["events"]),
            seconds=float(stored["seconds"]),
        )


class _LastWarmed:
    """The warm-up that this process lived through last: the runs of a seed follow one another."""

    def __init__(self) -> None:
        self._setting: Setting | None = None
        self._seed = 0
        self._warmed: Warmed | None = None

    def of(self, setting: Setting, options: RunOptions) -> Warmed:
        """Return the city of a setting at the end of its warm-up."""
        if self._warmed is None or self._setting is not setting or self._seed != options.seed:
            models = Models.load(setting.models)
            self._warmed = Warmed.live(setting.city, options, setting.scenario, models)
            self._setting, self._seed = setting, options.seed
        return self._warmed


_warmed = _LastWarmed()


def carry_out(setting: Setting, task: Task) -> Record:
    """Live through one run; raises BadScenarioError where the scenario does not fit the city."""
    options = replace(setting.options, seed=task.seed)
    if options.warm_up_days:
        return Record.of_result(_warmed.of(setting, options).under(task.policy).live())
    if task.policy.asks:
        simulation = simulation_of(
            task.policy, setting.city, options, setting.scenario, Models.load(setting.models)
        )
        return Record.of_result(simulation.live())
    log = Collected() if setting.regret is not None else None
    simulation = Simulation(setting.city, task.policy, options, setting.scenario, log=log)
    result = simulation.live()
    regret = None
    if log is not None and setting.regret is not None:
        regret = regret_of(log, simulation.run, options.days * DAY_MINUTES, setting.regret)
    return Record.of_result(result, regret)
