"""What all commands share: the Typer application, common options, and how a command speaks."""

import inspect
import os
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from navswap.cli.commands import COMMANDS, DATA, LOOK, RUN

__all__ = [
    "DATA",
    "LOOK",
    "RUN",
    "AsJson",
    "DataDir",
    "app",
    "application",
    "as_typed",
    "command",
    "complain",
]

PURPOSE = (
    "NavSwap, the backend of a battery-swap network: one GraphQL schema, live streams, local predictions.\n\n"
    "A tour: [bold]navswap up[/bold] runs everything on this machine, with a city that lives. In another terminal "
    "[bold]navswap top --email admin@demo.navswap[/bold] watches it, and [bold]navswap query[/bold] asks it for a table or a file. "
    "[bold]navswap simulate[/bold] lives through days in seconds, and [bold]navswap seed[/bold] loads a network of your own. For production "
    "there are [bold]navswap serve[/bold] and [bold]navswap worker[/bold], and [bold]navswap doctor[/bold] says what is wrong.\n\n"
    "Each command explains itself with --help, shows examples, and writes JSON with --json where it has something to say. Colours "
    "are for terminals only. [bold]navswap --install-completion[/bold] teaches your shell the rest. Settings are environment variables "
    "with the prefix NAVSWAP_, or lines of a file .env: [bold]navswap settings[/bold] shows them."
)
EXIT_CODES = "Exit codes: 0 done; 1 it failed, said in one line on standard error; 2 an option is wrong."
"""The last paragraph of the help of a command that says nothing of its own about them."""


def application() -> typer.Typer:
    """Return the application without its commands."""
    made = typer.Typer(
        name="navswap",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    made.callback(help=PURPOSE)(_start)
    return made


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"navswap {metadata.version('navswap')}")
        raise typer.Exit


def _start(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    del version  # shown before any command


app = application()

_COMMAND = re.compile(rf"(?<!uv run )\bnavswap (?=(?:{'|'.join(COMMANDS)})\b)")
"""A command of NavSwap in a text."""

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of the embedded servers: data, logs, lock. Default: NAVSWAP_DATA_DIR, else .navswap",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, for a program.")]
HistoryTimeZone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Time zone (IANA name) of the history's network, by whose clocks models know hours and days. Default: NAVSWAP_TIME_ZONE.",
    ),
]


Command = TypeVar("Command", bound=Callable[..., Any])


def command(panel: str, *examples: str, group: typer.Typer = app) -> Callable[[Command], Command]:
    """Register a function as the command of its name: its docstring is the help, with examples to paste.

    The docstring may hold Rich markup. `group` is the application itself, or commands that share a first word.
    """

    def register(function: Command) -> Command:
        paragraphs = (inspect.getdoc(function) or "").split("\n\n")
        if not any("xit code" in paragraph for paragraph in paragraphs):
            paragraphs.append(EXIT_CODES)
        group.command(
            function.__name__.rstrip("_").replace("_", "-"),
            help="\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs),
            epilog=shown(*examples),
            rich_help_panel=panel,
        )(function)
        return function

    return register


def shown(*examples: str) -> str:
    """Return examples as the help shows them, to paste."""
    lines = (f"[cyan]$[/cyan] {escape(as_typed(example))}" for example in examples)
    return "\n\n".join(["[bold]Examples[/bold]", *lines])


def as_typed(text: str) -> str:
    """Return a text whose commands can be pasted into the shell that started this one: with `uv run` where it was used."""
    return _COMMAND.sub("uv run navswap ", text) if "UV_RUN_RECURSION_DEPTH" in os.environ else text


def complain(message: str) -> None:
    """Write an error to standard error."""
    line = Text.assemble(("navswap: ", "bold red"), as_typed(message))
    Console(stderr=True, highlight=False, soft_wrap=True).print(line)
