"""Runs invariants over one snapshot of the database."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pymongo.errors import OperationFailure

from navswap.consistency.catalog import INVARIANTS
from navswap.consistency.catalog.documents import DocumentsCanBeRead
from navswap.consistency.invariant import Finding, Invariant, View
from navswap.consistency.readable import find_unreadable
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
    def unreadable(self) -> int:
        """Return how many documents could not be read, and so were left out of all that was examined."""
        name = DocumentsCanBeRead.name()
        return sum(finding.broken for finding in self.findings if finding.name == name)

    @property
    def clean(self) -> bool:
        """Return whether every invariant holds."""
        return all(finding.holds for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        findings = [{"holds": finding.holds, **asdict(finding)} for finding in self.findings]
        return {
            "clean": self.clean,
            "unreadable": self.unreadable,
            "as_of": self.as_of.isoformat(),
            "findings": findings,
        }


def chosen(names: Iterable[str]) -> list[type[Invariant]]:
    """Return the invariants of these names, all for none; raises UnknownInvariantError."""
    known = {invariant.name(): invariant for invariant in INVARIANTS}
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise UnknownInvariantError(f"There is no invariant {name!r}. There are: {', '.join(known)}.")
    return [known[name] for name in wanted] or list(INVARIANTS)


async def check(
    runtime: Runtime, invariants: Sequence[type[Invariant]] = INVARIANTS
) -> AsyncIterator[Finding]:
    """Yield what became of each invariant as it is known; all of them see the database at one moment.

    A document that cannot be read breaks `documents-can-be-read`, which is then among the findings whatever was chosen; all others
    are examined without it. Nothing is locked, and no operation waits. MongoDB keeps a moment for 5 minutes (`minSnapshotHistoryWindowInSeconds`):
    raises CheckTooLongError after that.
    """
    async with _view(runtime) as view:
        wanted = [invariant for invariant in invariants if invariant is not DocumentsCanBeRead]
        if view.unreadable or len(wanted) < len(invariants):
            wanted.insert(0, DocumentsCanBeRead)
        for invariant in wanted:
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
            except (
                KeyError,
                TypeError,
                ValueError,
            ) as error:  # what no document is checked for, in a place of its own
                finding.offend(finding.name, f"could not be examined to its end: {error!r}")
            yield finding


@asynccontextmanager
async def _view(runtime: Runtime) -> AsyncIterator[View]:
    async with runtime.mongo.client.start_session(snapshot=True) as session:
        now, promised = runtime.clock.now(), runtime.settings.promised_soc_percent
        yield View(session, now, promised, await find_unreadable(session))
