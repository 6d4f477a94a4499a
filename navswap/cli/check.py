"""`navswap check`."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from navswap.cli.configuration import load_settings
from navswap.cli.opening import opened_runtime
from navswap.cli.shell import LOOK, AsJson, DataDir, command
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.consistency.check import ConsistencyReport
    from navswap.consistency.invariant import Finding

BROKEN, UNREADABLE = 1, 3
"""Exit codes of a check that found something; 2 is a wrong command line."""
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INVARIANT]...", help="Examine only these, by name; all if left out.", show_default=False
    ),
]


@command(
    LOOK,
    "navswap check",
    "navswap check stock-is-counted no-pack-is-lost",
    "navswap check --json | jq '.findings[] | select(.holds | not)'",
)
def check(names: Names = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check the consistency of a live database: what must always hold.

    Each invariant is a fact that no crash, race or retry may break: packs are conserved, every hold has its pack and
    ends once, counters equal what they count, balances equal the sums of their entries, live streams have no gap. All
    of them read one snapshot, so that the network may go on meanwhile; nothing is changed.

    For each invariant it prints how many items were examined, and names those that break it (at most 100). The exit
    code is 1 when something is broken, and 3 when a document cannot even be read: it is named, and all else is
    examined without it. An offender is a bug or a hand that wrote into the database: keep the
    output, find the cause in the logs by the item's id, and only then repair.
    """
    settings = load_settings(data_dir)
    console = Console(highlight=False, soft_wrap=True)
    report = asyncio.run(
        _check(settings, names or [], lambda finding: None if as_json else _show(console, finding))
    )
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    raise typer.Exit(UNREADABLE if report.unreadable else 0 if report.clean else BROKEN)


async def _check(
    settings: Settings, names: list[str], show: "Callable[[Finding], None]"
) -> "ConsistencyReport":
    """Check on a runtime of this process; raises UnknownInvariantError, MongoUnreachableError."""
    from navswap.consistency.check import ConsistencyReport, check, chosen  # noqa: PLC0415 - takes seconds

    invariants = chosen(names)
    async with opened_runtime(settings) as runtime:
        report = ConsistencyReport(runtime.clock.now(), [])
        async for finding in check(runtime, invariants):
            report.findings.append(finding)
            show(finding)
        return report


def _show(console: Console, finding: "Finding") -> None:
    mark = ("✓ ", "green") if finding.holds else ("✗ ", "bold red")
    console.print(
        Text.assemble(mark, (finding.name, "bold"), f"  {finding.examined} examined  {finding.statement}")
    )
    for offender in finding.offenders:
        console.print(Text(f"    {offender.item} {offender.problem}", "red"))
    if finding.broken > len(finding.offenders):
        console.print(Text(f"    and {finding.broken - len(finding.offenders)} more", "red"))
