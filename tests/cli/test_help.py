import subprocess
import sys
from importlib import metadata

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from navswap.cli import all_commands, contents
from navswap.cli.commands import COMMANDS, Summary


def test_the_commands_that_run_the_system_stand_first() -> None:
    text = CliRunner().invoke(all_commands(), ["--help"], env={"COLUMNS": "200"}).output
    places = [text.index(f"│ {name} ") for name in ("up", "serve", "worker", "doctor")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_explains_and_shows_examples(name: str) -> None:
    text = CliRunner().invoke(all_commands(), [name, "--help"], env={"COLUMNS": "200"}).output
    explanation = text.split("Options")[0].split(".")
    assert len(explanation) > 3, "a summary and a paragraph"
    assert f"$ navswap {name}" in text


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
