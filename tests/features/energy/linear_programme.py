"""The same question as `allocate`, asked of HiGHS: the oracle that the greedy is held against."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from navswap.features.energy.domain.allocation import Flow


def most_delivered(needs: Sequence[int], room: Sequence[Sequence[int]], capacity: Sequence[int]) -> int:
    """Return how much can be delivered at all."""
    return -round(_solve([-1.0] * len(capacity), needs, room, capacity))


def least_cost(
    needs: Sequence[int],
    room: Sequence[Sequence[int]],
    capacity: Sequence[int],
    cost: Sequence[float],
) -> float:
    """Return the least cost of delivering all needs, which must be possible."""
    return _solve(cost, needs, room, capacity, deliver_all=True)


def cost_of(flow: Flow, cost: Sequence[float]) -> float:
    return sum(allocated * each for row in flow for allocated, each in zip(row, cost, strict=True))


def _solve(
    cost: Sequence[float],
    needs: Sequence[int],
    room: Sequence[Sequence[int]],
    capacity: Sequence[int],
    *,
    deliver_all: bool = False,
) -> float:
    packs, steps = len(needs), len(capacity)
    by_pack = np.kron(np.eye(packs), np.ones(steps))
    by_step = np.kron(np.ones(packs), np.eye(steps))
    solved = linprog(
        np.tile(np.asarray(cost, dtype=float), packs),
        A_ub=by_step if deliver_all else np.vstack([by_pack, by_step]),
        b_ub=capacity if deliver_all else [*needs, *capacity],
        A_eq=by_pack if deliver_all else None,
        b_eq=list(needs) if deliver_all else None,
        bounds=[(0, most) for row in room for most in row],
        method="highs",
    )
    assert solved.success, solved.message
    return float(solved.fun)
