"""Decisions stand on the kit alone: what a domain imports, and what that imports, is looked at in a fresh interpreter."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import navswap
from navswap.kit.errors import NavSwapError

pytestmark = pytest.mark.xdist_group("purity")  # one worker runs all, after one look
FEATURES = Path(navswap.__file__).parent / "features"
DOMAINS = sorted(path.parent.name for path in FEATURES.glob("*/slice.py"))
PURE_FOLDERS = ("domain", "errors", "events")
FORBIDDEN = (
    "beanie",
    "bson",
    "pymongo",
    "pydantic",
    "redis",
    "aiokafka",
    "strawberry",
    "starlette",
    "structlog",
)
PERMITTED = ("navswap", "navswap.kit", "navswap.features")


PRELOADED = ("h3", "numpy", "ortools.graph.python.min_cost_flow", "scipy.optimize")
"""What the cores compute with, which takes long to import; it loads none of the forbidden packages itself."""

REPORT = f"""
import importlib, json, os, sys
import {", ".join(PRELOADED)}
for name, modules in json.load(sys.stdin).items():
    if os.fork() == 0:
        for module in modules:
            importlib.import_module(module)
        print(name, *(name for name in sys.modules if name.split(".")[0] in {("navswap", *FORBIDDEN)!r}), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0
"""


def imported_by(wanted: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return by name all modules of NavSwap, and of the forbidden packages, that importing some modules loads, and these alone."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT], input=json.dumps(wanted), capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    return {name: set(loaded) for name, *loaded in rows}


def strangers(loaded: set[str], slice_name: str) -> set[str]:
    """Return what a pure core of a slice must not load."""
    own = f"navswap.features.{slice_name}"
    return {
        name
        for name in loaded
        if not name.startswith("navswap.kit")
        and name not in PERMITTED
        and name != own
        and name.removeprefix(f"{own}.").split(".")[0] not in PURE_FOLDERS
    }


def pure_modules(slice_name: str) -> list[str]:
    folder = FEATURES / slice_name
    paths = [*folder.glob("domain/**/*.py"), folder / "errors.py", folder / "events.py"]
    return [
        ".".join(("navswap", *path.relative_to(FEATURES.parent).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for path in paths
        if path.exists()
    ]


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """What each pure core loads, and what a planted import does."""
    cores = {name: pure_modules(name) for name in DOMAINS}
    return imported_by({**cores, "planted": ["navswap.kit.errors", "navswap.infra.mongo"], "nothing": []})


@pytest.mark.parametrize("name", DOMAINS)
def test_a_pure_core_loads_the_kit_and_itself_only(name: str, loaded: dict[str, set[str]]) -> None:
    assert set(pure_modules(name)) <= loaded[name]
    assert strangers(loaded[name], name) == set()


def test_a_planted_import_is_found(loaded: dict[str, set[str]]) -> None:
    assert {"navswap.infra.mongo", "pymongo", "beanie"} <= strangers(loaded["planted"], "swapping")
    assert loaded["nothing"] == set()


def test_the_root_of_all_refusals_is_in_the_kit() -> None:
    assert NavSwapError.__module__ == "navswap.kit.errors"
