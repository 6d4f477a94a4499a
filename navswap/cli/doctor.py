"""`navswap doctor`."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from navswap.cli import checks
from navswap.cli.checks import Finding
from navswap.cli.configuration import SettingsRefusedError, load_settings, read_settings
from navswap.cli.shell import LOOK, AsJson, DataDir, command
from navswap.devstack.errors import DevStackError
from navswap.devstack.running import as_fields, find_running
from navswap.devstack.stack import DevStack
from navswap.settings import Settings


@command(LOOK, "navswap doctor", "navswap doctor --json | jq '.findings[] | select(.good | not)'")
def doctor(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check every part and say what to do about what is wrong.

    It looks at Python, the servers' binaries, the data directory, the port, the settings and their secrets. Then it
    talks to MongoDB, Redis and Kafka: those that the settings name, those of a `navswap up` that runs here, or else
    its own, started for the purpose in a temporary folder. Nothing that it writes stays. The exit code is 1 when
    something is wrong.
    """
    findings = []
    console = Console(highlight=False, soft_wrap=True)
    for finding in _examine(data_dir):
        findings.append(finding)
        if not as_json:
            console.print(_line(finding))
    good = all(finding.good for finding in findings)
    if as_json:
        answer = {"good": good, "findings": [asdict(finding) for finding in findings]}
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    raise typer.Exit(0 if good else 1)


def _examine(data_dir: Path | None) -> Iterator[Finding]:
    """Yield the findings as they come, so that a person sees what the slow ones wait for."""
    yield checks.check_python()
    try:
        named = read_settings()
        settings = load_settings(data_dir)
    except SettingsRefusedError as error:
        yield Finding(
            "Settings", good=False, found=error.message, advice="Correct the environment or the file .env"
        )
        return
    yield Finding("Settings", good=True, found=f"fit for {settings.environment}")
    yield checks.check_secrets(settings)
    folder = (data_dir or settings.data_dir).absolute()
    yield from checks.check_servers_present(named)
    yield checks.check_data_dir(named, folder)
    yield checks.check_port(settings)
    try:
        with _servers(settings, folder) as reachable:
            mongo = checks.check_mongo(reachable)
            yield mongo
            if mongo.good:
                yield checks.check_time_zone(reachable)
            yield checks.check_redis(reachable)
            yield checks.check_kafka(reachable)
    except DevStackError as error:
        yield Finding("Servers", good=False, found="did not start", advice=error.message)


@contextmanager
def _servers(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Lead to the servers that are named or run; start those that are neither in a temporary folder."""
    if find_running(folder) or checks.names_all_servers(settings):
        yield settings
        return
    with (
        tempfile.TemporaryDirectory(prefix="navswap-doctor-") as scratch,
        DevStack.from_settings(Path(scratch), settings, reach_given=False) as stack,
    ):
        yield read_settings(**as_fields(stack.environment()))


def _line(finding: Finding) -> Text:
    mark = ("✓ ", "green") if finding.good else ("✗ ", "bold red")
    line = Text.assemble(mark, (f"{finding.part:<15}", "bold"), finding.found)
    if finding.advice:
        line.append(f"\n  → {finding.advice}", "yellow")
    return line
