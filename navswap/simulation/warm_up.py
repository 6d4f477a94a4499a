"""The past of a run: days that a city lives through before those that count, the same for all policies that are compared.

Every policy goes on from the same minute: the state of the city at the end of the warm-up is kept, and each run begins with
a copy of it. So pairs stay comparable, and the warm-up of a seed is lived through once.
"""

import functools
import io
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from navswap.ml.history import History
from navswap.ml.serving import Models
from navswap.ml.tables.depots import DEPOT_MOVES, PROPOSALS
from navswap.ml.tables.energy import FEEDERS, LOADS
from navswap.ml.tables.faults import ENDED_FAULTS, FAILED_COMMANDS, FAULTS, STAGES
from navswap.ml.tables.inventories import CHARGING_PLANS, SLOT_MOVES, STOCK
from navswap.ml.tables.outages import OUTAGES
from navswap.ml.tables.partners import ANSWERS, ASKED, SHOPS
from navswap.ml.tables.slots import DOCKINGS
from navswap.ml.tables.staffing import TICKETS, WORK
from navswap.ml.tables.stations import STATUS
from navswap.ml.tables.swapping import ARRIVALS, HOLDS, OUTCOMES, SWAPS
from navswap.ml.tables.traffic import ZONE_SPEEDS
from navswap.simulation.engine.asked_models import Memory
from navswap.simulation.engine.run import Recorder
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.policies import POLICIES, Policy
from navswap.simulation.world.city import City
from navswap.simulation.world.scenario import Scenario

WARM_UP_DAYS: Final = 8
"""A week, so that models and the rules' counts of last week answer, and a day in which the first stock wears off."""
WARM_UP_POLICY: Final = POLICIES["nearest"]
"""What runs the network until the policies part: it plans and moves nothing, so that each policy begins its own operations."""
LOOKED_AT: Final = (
    SWAPS,
    HOLDS,
    ARRIVALS,
    OUTCOMES,
    STATUS,
    STOCK,
    SLOT_MOVES,
    CHARGING_PLANS,
    WORK,
    TICKETS,
    FAULTS,
    FAILED_COMMANDS,
    ENDED_FAULTS,
    STAGES,
    SHOPS,
    ASKED,
    ANSWERS,
    DEPOT_MOVES,
    PROPOSALS,
    ZONE_SPEEDS,
    OUTAGES,
    FEEDERS,
    LOADS,
    DOCKINGS,
)
"""The tables that the models of a policy look back on; what other models look at, no decision of a run asks for."""
_CACHE: Final = type(functools.lru_cache(id))


@dataclass(frozen=True, slots=True)
class Warmed:
    """A city at the end of its warm-up; each call of `under` gives a run of its own that goes on from there."""

    state: bytes
    shared: Sequence[object]
    """What all runs look at and none changes: the models."""

    @classmethod
    def live(cls, city: City, options: RunOptions, scenario: Scenario, models: Models) -> "Warmed":
        """Live through the warm-up of `options`; raises BadScenarioError for a scenario that does not fit the city."""
        memory = Memory(models, History(LOOKED_AT, city.time_zone))
        simulation = Simulation(city, WARM_UP_POLICY, options, scenario, memory=memory)
        simulation.warm_up()
        shared = (models,)
        written = io.BytesIO()
        _Pickler(written, shared).dump(simulation)
        return cls(written.getvalue(), shared)

    def under(self, policy: Policy) -> Simulation:
        """Return a run that goes on under a policy."""
        simulation = _Unpickler(io.BytesIO(self.state), self.shared).load()
        assert isinstance(simulation, Simulation)  # noqa: S101 - as what was pickled
        simulation.begin(policy)
        return simulation


def simulation_of(
    policy: Policy,
    city: City,
    options: RunOptions,
    scenario: Scenario,
    models: Models | None,
    recorder: Recorder | None = None,
) -> Simulation:
    """Return a run, after its warm-up where `options` give it one. Where a policy asks `models`, they look back on the run.

    `recorder` takes the facts of the warm-up too. Raises BadScenarioError for a scenario that does not fit the city.
    """
    memory = None if models is None or not policy.asks else Memory(models, History(LOOKED_AT, city.time_zone))
    if not options.warm_up_days:
        return Simulation(city, policy, options, scenario, recorder, memory=memory)
    simulation = Simulation(city, WARM_UP_POLICY, options, scenario, recorder, memory=memory)
    simulation.warm_up()
    simulation.begin(policy, is_recorded=recorder is not None)
    return simulation


class _Pickler(pickle.Pickler):
    """Pickles caches of methods, without what they hold, and read-only mappings; of what is shared, its number."""

    def __init__(self, file: io.BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(value): number for number, value in enumerate(shared)}

    def persistent_id(self, value: Any) -> int | None:
        """Return the number of what is shared; None for all else."""
        return self._numbers.get(id(value))

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made again; NotImplemented where pickle knows."""
        if isinstance(value, _CACHE):
            return _cached, (value.cache_parameters()["maxsize"], value.__wrapped__)
        if isinstance(value, MappingProxyType):
            return _read_only, (dict(value),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Reads what `_Pickler` wrote, in the same process."""

    def __init__(self, file: io.BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, number: int) -> object:
        """Return what is shared by its number."""
        return self._shared[number]


def _cached(size: int | None, function: Any) -> Any:
    return functools.lru_cache(size)(function)


def _read_only(mapping: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(dict(mapping))
