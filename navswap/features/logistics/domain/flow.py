"""Min-cost flow, solved by OR-Tools."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FlowProblem:
    """Arcs by their nodes, with capacities and costs of a unit; `units` go from `source` to `sink`."""

    tails: Integers
    heads: Integers
    capacities: Integers
    costs: Integers
    source: int
    sink: int
    units: int


def solve(problem: FlowProblem) -> Integers:
    """Return the units on each arc for the least cost; raises ValueError where not all units find a way."""
    from ortools.graph.python.min_cost_flow import (  # noqa: PLC0415 - 0.2 s, and few processes plan
        SimpleMinCostFlow,
    )

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        problem.tails.astype(np.int32), problem.heads.astype(np.int32), problem.capacities, problem.costs
    )
    solver.set_node_supply(problem.source, problem.units)
    solver.set_node_supply(problem.sink, -problem.units)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ValueError(f"the flow has no optimum: {status.name}")
    return np.asarray(solver.flows(arcs), dtype=np.int64)
