"""What follows from the list of slices, and that nothing else lists them otherwise."""

import ast
import re
import tomllib
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import navswap
from navswap import features
from navswap.composition import check
from navswap.infra.mongo import Stored
from navswap.services import MissingServicesError, SliceServices
from navswap.slice import Slice, documents_of
from navswap.slices import SLICES

ROOT = Path(navswap.__file__).parent.parent
NAMES = [part.name for part in SLICES]
every_slice = pytest.mark.parametrize("part", SLICES, ids=NAMES)


def modules_of(part: Slice[Any]) -> list[str]:
    folder = import_module(f"{features.__name__}.{part.name}")
    return [module.name for module in walk_packages(folder.__path__, f"{folder.__name__}.")]


def classes_of(part: Slice[Any], kind: type) -> set[type]:
    """Return the classes of a kind that a slice defines itself."""
    return {
        value
        for name in modules_of(part)
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, kind) and value.__module__ == name
    }


def test_every_folder_of_features_is_a_slice_of_the_list() -> None:
    folders = (path.parent.name for path in (ROOT / "navswap" / "features").glob("*/__init__.py"))
    assert sorted(folders) == sorted(NAMES)


@every_slice
def test_a_slice_is_named_as_its_folder_and_its_topic(part: Slice[Any]) -> None:
    assert import_module(f"{features.__name__}.{part.name}.slice").SLICE is part
    assert part.topic in {None, part.name}
    assert classes_of(part, SliceServices) == {part.services}


@every_slice
def test_a_slice_publishes_events_if_it_has_a_topic(part: Slice[Any]) -> None:
    events = ROOT / "navswap" / "features" / part.name / "events.py"
    types = re.findall(r'ClassVar\[str\] = "(\w+)\.\w+\.\w+"', events.read_text() if events.exists() else "")
    assert set(types) == ({part.topic} if part.topic else set())


@every_slice
def test_a_slice_declares_all_that_it_stores(part: Slice[Any]) -> None:
    stored = {kind for kind in classes_of(part, Stored) if "Settings" in vars(kind)}
    assert stored == set(part.documents)


@every_slice
def test_a_slice_declares_all_that_it_joins_to_lower_types(part: Slice[Any]) -> None:
    joined = {
        node.name
        for name in modules_of(part)
        for node in ast.walk(ast.parse(Path(import_module(name).__file__ or "").read_text()))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(decorator).startswith("extends(") for decorator in node.decorator_list)
    }
    made = {
        kind.__name__ for name in modules_of(part) for kind in vars(import_module(name)).get("EXTENSIONS", ())
    }
    assert joined | made == {kind.__name__ for kind in part.extensions}


def test_two_slices_never_store_in_one_collection() -> None:
    collections = [document.Settings.name for document in documents_of(SLICES)]
    assert len(collections) == len(set(collections))


def test_the_list_stands_in_this_order_and_not_upside_down() -> None:
    check(SLICES)
    with pytest.raises(MissingServicesError, match="no slice below it"):
        check(SLICES[::-1])


def test_the_contract_of_imports_has_the_order_of_the_list() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [contract] = [contract for contract in contracts if contract["name"].startswith("Slices call down only")]
    levels = [re.findall(r"features\.(\w+)", level) for level in reversed(contract["layers"])]
    assert sorted(chain.from_iterable(levels)) == sorted(NAMES)
    level_of = {name: number for number, level in enumerate(levels) for name in level}
    assert sorted(NAMES, key=lambda name: level_of[name]) == NAMES


def test_the_readme_names_every_slice() -> None:
    [rows] = re.findall(
        r"\| slices, high to low \| own \|\n\|---\|---\|\n((?:\|.*\n)+)", (ROOT / "README.md").read_text()
    )
    named = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in rows.splitlines()))
    assert sorted(named) == sorted(NAMES)
