"""What some tests need from the machine, and what happens where it is absent.

A test marked `needs_java`, `needs_chromium`, `needs_node` or `needs_benchmark_data` is skipped with a reason
where that is absent. With NAVSWAP_FORBID_SKIPS=1 it fails instead.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).parents[2]
CLIENT_PACKAGES = PROJECT_ROOT / ".ci" / "cache" / "clients" / "node_modules"
"""What `.ci/clients/install` installs."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_benchmark_data() -> Path | None:
    """Return the folder of the real data sets that the environment names, None where it names none that is there."""
    named = os.environ.get("NAVSWAP_BENCHMARK_DATA")
    return Path(named).resolve() if named and Path(named).is_dir() else None


def benchmark_data() -> Path:
    """Return the folder of the real data sets; for tests that are marked `needs_benchmark_data`."""
    folder = find_benchmark_data()
    assert folder is not None, _missing_benchmark_data()
    return folder


def find_chromium() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def missing_java() -> str | None:
    """Return why a real Kafka cannot run here."""
    absent = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    return f"{' and '.join(absent)} not on PATH" if absent else None


def _missing_chromium() -> str | None:
    return None if find_chromium() else "no Chromium on PATH"


def _missing_node() -> str | None:
    if shutil.which("node") is None:
        return "node not on PATH"
    return None if CLIENT_PACKAGES.is_dir() else "the clients are not installed: .ci/clients/install"


def _missing_benchmark_data() -> str | None:
    if find_benchmark_data() is not None:
        return None
    named = os.environ.get("NAVSWAP_BENCHMARK_DATA")
    absent = f"no folder {named}" if named else "no folder of the real data sets is named"
    return f"{absent}; NAVSWAP_BENCHMARK_DATA names it"


MISSING: dict[str, Callable[[], str | None]] = {
    "needs_java": missing_java,
    "needs_chromium": _missing_chromium,
    "needs_node": _missing_node,
    "needs_benchmark_data": _missing_benchmark_data,
}


def require(item: pytest.Item) -> None:
    """Skip a test whose machine lacks what it needs; fail it where skips are forbidden."""
    for marker, missing in MISSING.items():
        if item.get_closest_marker(marker) is None:
            continue
        reason = missing()
        if reason is None:
            continue
        if os.environ.get("NAVSWAP_FORBID_SKIPS") == "1":
            pytest.fail(f"{marker}: {reason} (skips are forbidden)", pytrace=False)
        pytest.skip(reason)
