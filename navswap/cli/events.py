"""`navswap events`: the dead letters."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from navswap.cli.configuration import load_settings
from navswap.cli.opening import opened_runtime
from navswap.cli.shell import LOOK, AsJson, DataDir, app, command, shown
from navswap.kit.errors import NavSwapError
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.events.dead_letters import DeadEvent

LIST_EXAMPLES = (
    "navswap events list",
    "navswap events list --group swapping --type faults.fault.raised",
    "navswap events list --json | jq -r '.events[] | [.id, .reason] | @tsv'",
)
REPLAY_EXAMPLES = ("navswap events replay --all", "navswap events replay --group swapping")
DROP_EXAMPLES = ("navswap events drop outbox-relay:0199a3c2-5d1e-7b42-a6f0-3c1d7e52a9b4",)

events = typer.Typer(no_args_is_help=True)
app.add_typer(
    events,
    name="events",
    help="Look at dead letters, try them again, or give them up.\n\nAn event is dead-lettered when Kafka can never take "
    "it (group outbox-relay), or when a consumer group failed to work on it five times. Nothing waits for it.",
    epilog=shown(*LIST_EXAMPLES[:1], *REPLAY_EXAMPLES[:1], *DROP_EXAMPLES),
    rich_help_panel=LOOK,
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Only these, by the id that `list` shows.", show_default=False),
]
Group = Annotated[
    str | None,
    typer.Option(help="Only of this consumer group, or of outbox-relay.", show_default=False),
]
Type = Annotated[str | None, typer.Option("--type", help="Only facts of this type.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every dead letter; needed where nothing else says which.")]


class NoDeadEventError(NavSwapError):
    """The command names no dead letter, or one that does not exist."""

    code = "NO_DEAD_EVENT"


@command(LOOK, *LIST_EXAMPLES, group=events)
def list_(
    ids: Ids = None,
    group: Group = None,
    type_: Type = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the oldest.")] = 100,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters, oldest first, each with its group, its type and why it is dead.

    With --json each has its content as well: the event as Kafka carries it.
    """
    settings = load_settings(data_dir)
    found = asyncio.run(_list(settings, ids, group, type_, limit))
    if as_json:
        sys.stdout.write(json.dumps({"events": [_as_json(dead) for dead in found]}, indent=2) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    if not found:
        console.print("No dead letters.")
    for dead in found:
        console.print(
            f"[bold]{escape(dead.id)}[/bold]  {dead.dead_lettered_at:%Y-%m-%d %H:%M:%S}Z  {escape(dead.group)}  "
            f"{escape(dead.type or '(no event)')}"
        )
        console.print(f"    {escape(dead.reason)}", style="red")
    if len(found) == limit:
        console.print(f"Only the oldest {limit} are shown; --limit shows more.")


@command(LOOK, *REPLAY_EXAMPLES, group=events)
def replay(
    ids: Ids = None,
    group: Group = None,
    type_: Type = None,
    everything: All = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Try dead letters again, oldest first; one that succeeds is no dead letter any more.

    The event of a consumer group is worked on at once and by that group alone; what a group did once it does not do
    again. An event of the outbox-relay waits in the outbox again, and the next worker publishes it.

    Find and mend the cause first: one that fails again stays, with the exit code 1.
    """
    settings = load_settings(data_dir)
    failures = asyncio.run(_replay(settings, _require_choice(ids, group, type_, everything), group, type_))
    _report(failures, "Replayed", as_json=as_json)


@command(LOOK, *DROP_EXAMPLES, "navswap events drop --type faults.fault.raised", group=events)
def drop(
    ids: Ids = None,
    group: Group = None,
    type_: Type = None,
    everything: All = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give dead letters up for good: what they should have caused will not happen.

    Keep the output of `navswap events list --json` where in doubt.
    """
    settings = load_settings(data_dir)
    dropped = asyncio.run(_drop(settings, _require_choice(ids, group, type_, everything), group, type_))
    _report(dict.fromkeys(dropped), "Dropped", as_json=as_json)


def _require_choice(
    ids: list[str] | None, group: str | None, type_: str | None, everything: bool
) -> list[str]:
    """Return the ids; raises NoDeadEventError where nothing says which events are meant."""
    if not (ids or group or type_ or everything):
        raise NoDeadEventError("Say which: ids of `navswap events list`, --group, --type, or --all.")
    return ids or []


def _report(outcomes: dict[str, str | None], done: str, *, as_json: bool) -> None:
    """Report what became of each dead letter (None: done), and end with 1 where one failed."""
    failed = {identifier: reason for identifier, reason in outcomes.items() if reason is not None}
    succeeded = [identifier for identifier in outcomes if identifier not in failed]
    if as_json:
        sys.stdout.write(json.dumps({"done": succeeded, "failed": failed}, indent=2) + "\n")
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{done} {len(succeeded)}." if outcomes else "No dead letters.")
        for identifier, reason in failed.items():
            console.print(f"{escape(identifier)} failed: {escape(str(reason))}", style="red")
    raise typer.Exit(1 if failed else 0)


def _as_json(dead: "DeadEvent") -> dict[str, Any]:
    return {
        "id": dead.id,
        "group": dead.group,
        "type": dead.type,
        "event_id": dead.event_id,
        "dead_lettered_at": dead.dead_lettered_at.isoformat(),
        "reason": dead.reason,
        "content": dead.value.decode(errors="replace"),
    }


async def _list(
    settings: Settings, ids: list[str] | None, group: str | None, type_: str | None, limit: int
) -> "list[DeadEvent]":
    async with opened_runtime(settings):
        return await _find(ids or [], group, type_, limit)


async def _replay(
    settings: Settings, ids: list[str], group: str | None, type_: str | None
) -> dict[str, str | None]:
    """Replay on a runtime of this process; return why by the id of each that failed, None for the others."""
    from navswap.events.dead_letters import replay  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.worker import replayable  # noqa: PLC0415

    outcomes: dict[str, str | None] = {}
    async with opened_runtime(settings) as runtime:
        consumers = replayable(runtime)
        for dead in await _find(ids, group, type_):
            try:
                await replay(dead, runtime.mongo, consumers)
            except Exception as error:  # noqa: BLE001 - whatever its reaction raises, the others are tried
                outcomes[dead.id] = str(error) or repr(error)
            else:
                outcomes[dead.id] = None
    return outcomes


async def _drop(settings: Settings, ids: list[str], group: str | None, type_: str | None) -> list[str]:
    from navswap.events.dead_letters import drop  # noqa: PLC0415 - this takes seconds, and help needs none of it

    async with opened_runtime(settings) as runtime:
        found = await _find(ids, group, type_)
        for dead in found:
            await drop(dead, runtime.mongo, runtime.clock.now())
        return [dead.id for dead in found]


async def _find(
    ids: list[str], group: str | None, type_: str | None, limit: int | None = None
) -> "list[DeadEvent]":
    """Return what is meant, oldest first; raises NoDeadEventError for an id that there is none of."""
    from navswap.events.dead_letters import DeadEvent, Wanted  # noqa: PLC0415 - this takes seconds

    found = await DeadEvent.list_wanted(Wanted(ids, group, type_), limit)
    missing = set(ids) - {dead.id for dead in found}
    if missing and limit is None:
        raise NoDeadEventError(f"There is no dead letter {', '.join(sorted(missing))}.")
    return found
