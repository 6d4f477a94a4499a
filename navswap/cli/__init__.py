"""The command line: each command is a function in the module of its name.

The module decorates it with `navswap.cli.shell.command` and stands in COMMANDS. What takes long to import is
imported when the command runs, so that `--help` answers at once.
"""

import sys
from importlib import import_module

from navswap.cli.shell import app, complain
from navswap.kit.errors import NavSwapError

COMMANDS = (
    "up",
    "serve",
    "worker",
    "seed",
    "user",
    "doctor",
    "check",
    "events",
    "archive",
    "simulate",
    "train",
    "evaluate",
    "models",
    "bench",
    "schema",
)
"""The modules of the commands, in the order of the help."""

for _name in COMMANDS:
    import_module(f"{__name__}.{_name}")


def main() -> None:
    """Run the command that the arguments name; an expected failure is one line and exit code 1."""
    try:
        app(prog_name="navswap")
    except NavSwapError as error:
        complain(error.message)
        sys.exit(1)
