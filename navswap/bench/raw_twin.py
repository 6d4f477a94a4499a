"""The reference of the twin's bench: a loop with as many events, a heap and keyed draws, but without any rule."""

import heapq

from navswap.simulation.draws import Draws, Purpose

SERVICE_MINUTES = 0.5
STEPS = 5
"""Events of a rider: asks, comes, begins, ends, and the end of the hold."""


def run_bare_loop(events: int, stations: int, seed: int) -> float:
    """Handle so many events of riders at stations; returns a sum that depends on all of them, in minutes."""
    draws, free_at, total = Draws(seed), [0.0] * stations, 0.0
    heap: list[tuple[float, int, int, int]] = []
    for rider in range(max(1, events // STEPS)):
        asked_at = 1440.0 * draws.uniform(Purpose.DEMAND, rider)
        heapq.heappush(heap, (asked_at, rider, 0, rider % stations))
    while heap:
        now, rider, step, station = heapq.heappop(heap)
        begins = max(now, free_at[station])
        total += begins - now
        free_at[station] = begins + SERVICE_MINUTES
        if step + 1 < STEPS:
            later = 10.0 * draws.uniform(Purpose.PATIENCE, rider, step)
            heapq.heappush(heap, (begins + later, rider, step + 1, station))
    return total
