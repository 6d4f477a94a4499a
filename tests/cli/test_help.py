import pytest
from typer.testing import CliRunner

from navswap.cli import COMMANDS
from navswap.cli.shell import app


def test_the_commands_that_run_the_system_stand_first() -> None:
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    places = [text.index(f"│ {name} ") for name in ("up", "serve", "worker", "doctor")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_explains_and_shows_examples(name: str) -> None:
    text = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).output
    explanation = text.split("Options")[0].split(".")
    assert len(explanation) > 3, "a summary and a paragraph"
    assert f"$ navswap {name}" in text
