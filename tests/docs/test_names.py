"""What the pages name is there: settings, metrics, commands with their options, files, other pages."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prometheus_client import REGISTRY
from typer.core import TyperGroup

import navswap.app
import navswap.worker
from navswap.cli import all_commands
from navswap.settings import Settings
from tests.support.services import LEFT_TO_TESTS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = [*PAGES, ROOT / "compose.yaml", ROOT / "Dockerfile"]
SAMPLES = {sample.name for metric in REGISTRY.collect() for sample in metric.samples} | {
    f"{metric.name}{suffix}"
    for metric in REGISTRY.collect()
    for suffix in ("", "_total", "_bucket", "_sum", "_count")
}
RUN_WITH_METRICS = (navswap.app, navswap.worker)
"""The two processes; importing them registers all that they measure."""

every_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
every_text = pytest.mark.parametrize("text", TEXTS, ids=[str(text.relative_to(ROOT)) for text in TEXTS])


@every_text
def test_every_setting_that_is_named_exists(text: Path) -> None:
    named = set(re.findall(r"NAVSWAP_[A-Z][A-Z_]*[A-Z]", text.read_text())) - LEFT_TO_TESTS
    settings = {f"NAVSWAP_{field.upper()}" for field in Settings.model_fields}
    assert named <= settings | options_by_variable(typer.main.get_command(all_commands()))


def options_by_variable(command: Any) -> set[str]:
    """Return the variables by which options of a command, and of those below it, are given."""
    own = {
        variable
        for parameter in command.params
        for variable in ([parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ())
    }
    below = command.commands.values() if isinstance(command, TyperGroup) else ()
    return own.union(*(options_by_variable(each) for each in below))


@every_page
def test_every_metric_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"\bnavswap_[a-z_]+", page.read_text())) - {"navswap_stores", "navswap_kafka"}
    assert named <= SAMPLES


def test_the_alerts_of_the_guide_are_the_rules_that_prometheus_loads() -> None:
    rules = yaml.safe_load((ROOT / "docs" / "alerts.yaml").read_text())["groups"][0]["rules"]
    guide = (ROOT / "docs" / "deployment_guide.md").read_text()
    expressions = [rule["expr"] for rule in rules]
    assert [expression for expression in expressions if f"`{expression}`" not in guide] == []
    table = guide[guide.index("| alert | means | look at |") :].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)) <= set(expressions)
    assert set(re.findall(r"\bnavswap_[a-z_]+", " ".join(expressions))) <= SAMPLES
    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {rule["for"] for rule in rules} == {"5m"}


# Commands


def commands_in(page: Path) -> list[list[str]]:
    """Return the arguments of each `navswap` in a block of the page, also behind `uv run` or `docker compose exec`."""
    blocks = re.findall(r"^```(?:sh|bash)?\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = re.sub(r"\\\n", " ", "\n".join(blocks)).splitlines()
    found = [match for line in lines for match in re.findall(r"\bnavswap (?=[a-z])([^|;&#<>`]*)", line)]
    runs = [
        match for line in lines for match in re.findall(r"compose run .* (?:web|worker) ([^|;&#<>`]*)", line)
    ]
    inline = re.findall(r"`(?:uv run )?navswap ([a-z][^`]*)`", page.read_text())
    return [shlex.split(command) for command in [*found, *runs, *inline]]


def unknown_in(arguments: list[str]) -> list[str]:
    """Return the words of a command that it does not know: its name, or options."""
    command = typer.main.get_command(all_commands())
    words = list(arguments)
    while isinstance(command, TyperGroup) and words:
        below = command.commands.get(words[0])
        if below is None:
            return [words[0]]
        command = below
        words.pop(0)
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    return [word for word in words if word.startswith("--") and word not in {*known, "--help"}]


@every_page
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    unknown = {
        shlex.join(arguments): words for arguments in commands_in(page) if (words := unknown_in(arguments))
    }
    assert unknown == {}


def test_the_pages_name_commands_at_all() -> None:
    assert sum(len(commands_in(page)) for page in PAGES) > 15
