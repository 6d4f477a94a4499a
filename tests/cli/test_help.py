import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from navswap.cli import all_commands, contents
from navswap.cli.commands import COMMANDS, Summary
from navswap.cli.shell import as_typed


def test_the_commands_that_run_the_system_stand_first() -> None:
    text = CliRunner().invoke(contents(), ["--help"], env={"COLUMNS": "200"}).output
    places = [text.index(f"│ {name} ") for name in ("up", "serve", "worker", "doctor")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_explains_and_shows_examples(name: str) -> None:
    text = CliRunner().invoke(all_commands(), [name, "--help"], env={"COLUMNS": "200"}).output
    explanation = text.split("Options")[0].split(".")
    assert len(explanation) > 3, "a summary and a paragraph"
    assert f"$ {as_typed(f'navswap {name}')}" in text


def leaves(command: Any, name: str = "navswap") -> Iterator[tuple[str, Any]]:
    """Yield each command that runs something, with its words."""
    if isinstance(command, TyperGroup):
        for word, below in command.commands.items():
            yield from leaves(below, f"{name} {word}")
    else:
        yield name, command


WHOLE = typer.main.get_command(all_commands())
NOTHING_TO_SAY = {"navswap serve", "navswap worker", "navswap schema"}
"""Those that run until they are ended, or write a text of its own format."""


@pytest.mark.parametrize(("name", "command"), leaves(WHOLE), ids=[name for name, _ in leaves(WHOLE)])
def test_every_command_has_examples_exit_codes_and_json(name: str, command: Any) -> None:
    assert f"$[/cyan] {as_typed(name)}" in command.epilog.replace("NAVSWAP_HOST=0.0.0.0 ", "")
    assert "xit code" in command.help
    options = {option for parameter in command.params for option in parameter.opts}
    assert ("--json" in options) == (name not in NOTHING_TO_SAY)


def test_a_shell_completes_commands_and_options() -> None:
    environment = {
        **os.environ,
        "_NAVSWAP_COMPLETE": "complete_bash",
        "COMP_CWORD": "1",
        "COMP_WORDS": "navswap qu",
    }
    done = subprocess.run(
        [sys.executable, "-m", "navswap"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["query"]


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    whole = typer.main.get_command(all_commands())
    assert isinstance(whole, TyperGroup)
    said = {
        name: Summary(
            getattr(command, "rich_help_panel", ""), " ".join((command.help or "").split("\n\n")[0].split())
        )
        for name, command in whole.commands.items()
    }
    assert said == dict(COMMANDS)


def test_help_imports_neither_stores_nor_the_schema() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "navswap", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "navswap.cli.shell" in loaded
    assert {
        name
        for name in loaded
        if name.split(".")[0] in {"pydantic", "pymongo", "numpy", "strawberry", "asyncio"}
    } == set()
    assert "Run everything on this machine" in done.stdout


@pytest.mark.parametrize("name", ["sede", "simulat"])
def test_a_mistyped_command_is_refused_with_the_one_that_was_meant(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "navswap", name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Did you mean" in done.stderr


def test_the_version_is_that_of_the_package() -> None:
    done = CliRunner().invoke(contents(), ["--version"])
    assert done.output == f"navswap {metadata.version('navswap')}\n"
