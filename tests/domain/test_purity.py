"""Decisions stand on the kit alone: what a domain imports, and what that imports, is looked at in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

import navswap
from navswap.kit.errors import NavSwapError

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


def imported_by(*modules: str) -> set[str]:
    """Return all modules of NavSwap, and of the forbidden packages, that importing some modules loads."""
    report = f"""
import sys
import {", ".join(modules)}
print(*(name for name in sys.modules if name.split(".")[0] in {("navswap", *FORBIDDEN)!r}))
"""
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


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


@pytest.mark.parametrize("name", DOMAINS)
def test_a_pure_core_loads_the_kit_and_itself_only(name: str) -> None:
    assert strangers(imported_by(*pure_modules(name)), name) == set()


def test_a_planted_import_is_found() -> None:
    planted = imported_by("navswap.kit.errors", "navswap.infra.mongo")
    assert {"navswap.infra.mongo", "pymongo", "beanie"} <= strangers(planted, "swapping")


def test_the_root_of_all_refusals_is_in_the_kit() -> None:
    assert NavSwapError.__module__ == "navswap.kit.errors"
