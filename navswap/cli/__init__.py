"""The command line: each command is a function, or a group of functions, in the module of its name.

The module decorates it with `navswap.cli.shell.command` and stands in COMMANDS. Only the module of the command that is
run is imported, and what takes long to import is imported when the command runs, so that `--help` answers at once.
"""

import os
import sys
from importlib import import_module

import typer

from navswap.cli.commands import COMMANDS
from navswap.cli.shell import app, application, complain
from navswap.kit.errors import NavSwapError

COMPLETING = "_NAVSWAP_COMPLETE"
"""The variable by which a shell asks how a command line may go on."""


def main() -> None:
    """Run the command that the arguments name; an expected failure is one line, and exit code 1 or that of the error."""
    name = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    if COMPLETING in os.environ:
        run = all_commands()
    elif name in COMMANDS:
        import_module(f"{__name__}.{name}")
        run = app
    else:
        run = contents()
    try:
        run(prog_name="navswap")
    except NavSwapError as error:
        complain(error.message)
        sys.exit(getattr(error, "exit_code", 1))


def all_commands() -> typer.Typer:
    """Return the application with every command imported, which takes seconds."""
    for name in COMMANDS:
        import_module(f"{__name__}.{name}")
    return app


def contents() -> typer.Typer:
    """Return an application that lists the commands and runs none: for the help, and for a name that is mistyped."""
    listed = application()
    for name, summary in COMMANDS.items():
        listed.command(name, help=summary.text, rich_help_panel=summary.panel)(_list_only)
    return listed


def _list_only() -> None:
    """Stand for a command that was not imported: `main` imports each one that is named."""
