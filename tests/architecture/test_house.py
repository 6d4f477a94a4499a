"""The rules of the house that no linter knows."""

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import navswap
from navswap.infra.mongo import Stored
from navswap.infra.repository import Repository

pytestmark = pytest.mark.xdist_group("house")  # one worker reads all, once
PACKAGE = Path(navswap.__file__).parent
SLICES = sorted(path.name for path in (PACKAGE / "features").iterdir() if (path / "__init__.py").exists())
SLICE_FILES = {
    "__init__",
    "slice",
    "domain",
    "errors",
    "events",
    "storage",
    "reading",
    "service",
    "reactions",
    "graphql",
}
"""The files or folders of a slice, in every slice by these names."""
OTHER_FILES: dict[str, str] = {}
"""What else a slice may hold, with the reason; a line goes when its file goes."""


def modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imported(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return tuple(names)


def test_there_are_slices_to_check() -> None:
    assert {"users", "stations", "packs", "swapping", "positions", "geofences", "traffic"} <= set(SLICES)


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_has_the_files_of_a_slice(name: str) -> None:
    found = {path.stem for path in (PACKAGE / "features" / name).iterdir() if path.stem != "__pycache__"}
    others = {other.partition("/")[2] for other in OTHER_FILES if other.startswith(f"{name}/")}
    assert found >= {"__init__", "slice", "service"}
    assert found - SLICE_FILES - others == set()


def test_no_exemption_outlives_its_file() -> None:
    assert [name for name in OTHER_FILES if not list((PACKAGE / "features").glob(f"{name}.py"))] == []


@pytest.mark.parametrize("name", SLICES)
def test_what_is_stored_stays_in_its_slice(name: str) -> None:
    strangers = [
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in modules(PACKAGE / "features" / name)
        for module in imported(path)
        if (found := re.match(r"navswap\.features\.(\w+)\.(\w+)", module))
        and found[1] != name
        and (found[2] == "storage" or is_stored(module))
    ]
    assert strangers == []


@pytest.mark.parametrize("name", SLICES)
def test_no_slice_hands_out_its_stored_documents(name: str) -> None:
    offered = importlib.import_module(f"navswap.features.{name}.service")
    names = getattr(offered, "__all__", vars(offered))
    assert [each for each in names if is_stored(f"{offered.__name__}.{each}")] == []


def is_stored(path: str) -> bool:
    """Return whether a dotted path names a document or a repository, whatever its name there."""
    module, _, name = path.rpartition(".")
    found = (
        module and importlib.util.find_spec(module) and getattr(importlib.import_module(module), name, None)
    )
    return isinstance(found, type) and issubclass(found, (Stored, Repository))


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_says_what_it_owns_publishes_and_reacts_to(name: str) -> None:
    said = ast.get_docstring(ast.parse((PACKAGE / "features" / name / "__init__.py").read_text())) or ""
    assert {word for word in ("Owns", "ublish", "eact") if word in said} == {"Owns", "ublish", "eact"}


@pytest.mark.parametrize("name", SLICES)
def test_a_domain_waits_for_nothing_and_asks_neither_clock_nor_chance(name: str) -> None:
    for path in modules(PACKAGE / "features" / name / "domain"):
        assert not [node for node in nodes(path) if isinstance(node, (ast.AsyncFunctionDef, ast.Await))]
        assert {"time", "random", "secrets", "uuid"}.isdisjoint(imported(path))
        calls = {ast.unparse(node.func) for node in nodes(path) if isinstance(node, ast.Call)}
        assert {"datetime.now", "datetime.utcnow"}.isdisjoint(calls)


def test_no_module_grows_past_what_a_reader_can_hold() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in modules(PACKAGE)
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_nothing_asks_the_machine_for_the_time_but_the_clock() -> None:
    offenders = [
        str(path.relative_to(PACKAGE))
        for path in modules(PACKAGE / "features")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"datetime.now", "time.time"}
    ]
    assert offenders == []
