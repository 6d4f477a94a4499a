"""The whole consistency check at once, as tests want it."""

from collections.abc import Sequence

from navswap.consistency.catalog import INVARIANTS
from navswap.consistency.check import ConsistencyReport, check
from navswap.consistency.invariant import Invariant
from navswap.runtime import Runtime


async def full_report(
    runtime: Runtime, invariants: Sequence[type[Invariant]] = INVARIANTS
) -> ConsistencyReport:
    """Return what became of all invariants."""
    as_of = runtime.clock.now()
    return ConsistencyReport(as_of, [finding async for finding in check(runtime, invariants)])
