"""Runs invariants over one snapshot of the database."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import OperationFailure

from navswap.consistency.catalog import INVARIANTS
from navswap.consistency.invariant import Finding, Invariant, View
from navswap.kit.errors import NavSwapError
from navswap.runtime import Runtime

SNAPSHOT_IS_GONE = {239, 246}
"""MongoDB's codes for a moment that it no longer keeps (SnapshotTooOld, SnapshotUnavailable)."""


class CheckTooLongError(NavSwapError):
    """The check took longer than MongoDB keeps the moment that it reads."""

    code = "CHECK_TOO_LONG"


class UnknownInvariantError(NavSwapError):
    """There is no invariant of this name."""

    code = "UNKNOWN_INVARIANT"


@dataclass(frozen=True, slots=True)
class ConsistencyReport:
    """What a check found, invariant by invariant."""

    as_of: datetime
    findings: list[Finding]

    @property
    def clean(self) -> bool:
        """Return whether every invariant holds."""
        return all(finding.holds for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        findings = [{"holds": finding.holds, **asdict(finding)} for finding in self.findings]
        return {"clean": self.clean, "as_of": self.as_of.isoformat(), "findings": findings}


def chosen(names: Iterable[str]) -> list[type[Invariant]]:
    """Return the invariants of these names, all for none; raises UnknownInvariantError."""
    known = {invariant.name(): invariant for invariant in INVARIANTS}
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise UnknownInvariantError(f"There is no invariant {name!r}. There are: {', '.join(known)}.")
    return [known[name] for name in wanted] or list(INVARIANTS)


async def check(
    runtime: Runtime, invariants: Iterable[type[Invariant]] = INVARIANTS
) -> AsyncIterator[Finding]:
    """Yield what became of each invariant as it is known; all of them see the database at one moment.

    Nothing is locked, and no operation waits. MongoDB keeps a moment for 5 minutes (`minSnapshotHistoryWindowInSeconds`):
    raises CheckTooLongError after that.
    """
    async with _view(runtime) as view:
        for invariant in invariants:
            finding = Finding(invariant.name(), invariant.statement)
            try:
                await invariant().examine(view, finding)
            except OperationFailure as error:
                if error.code not in SNAPSHOT_IS_GONE:
                    raise
                raise CheckTooLongError(
                    f"MongoDB kept the moment of this check no longer than up to {finding.name}. Examine the rest by "
                    "name, or raise minSnapshotHistoryWindowInSeconds."
                ) from error
            yield finding


@asynccontextmanager
async def _view(runtime: Runtime) -> AsyncIterator[View]:
    async with runtime.mongo.client.start_session(snapshot=True) as session:
        yield View(session, runtime.clock.now(), runtime.settings.promised_soc_percent)
