"""What all tests share. Those of decisions (`-m domain`) stand alone: no server is started, and no store is imported."""

import gc
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from navswap.infra.garbage import NEW_OBJECTS
from navswap.kit.clock import ManualClock
from navswap.kit.ids import SequentialIds
from tests.support.requirements import require

settings.register_profile("house", deadline=None)  # how fast a machine is, is no property of the code
settings.register_profile("quick", settings.get_profile("house"), max_examples=40)

DOMAIN_TESTS = Path(__file__).parent / "domain"
CLOCK_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday morning."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the servers' plugin, unless only decisions are tested: those answer while one writes them, with fewer examples each."""
    if _wants_decisions_only(config):
        settings.load_profile("quick")
        return
    settings.load_profile("house")
    config.pluginmanager.import_plugin("tests.support.servers")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what would import the stores, where only decisions are tested."""
    if not _wants_decisions_only(config) or collection_path in DOMAIN_TESTS.parents:
        return None
    return not collection_path.is_relative_to(DOMAIN_TESTS) or None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run two tests a core: half of the time a test waits for servers, browsers and child processes; decisions never wait."""
    return (1 if _wants_decisions_only(config) else 2) * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of decisions, bring the tests of a Kafka that stops and starts to one worker, and begin with what takes long."""
    for item in items:
        if item.path.is_relative_to(DOMAIN_TESTS):
            item.add_marker(pytest.mark.domain)
        if item.get_closest_marker("needs_java") is not None:
            item.add_marker(pytest.mark.xdist_group("real_kafka"))
    # pytest-xdist begins with the largest groups, and keeps this order among those of one size.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Look for garbage as the web process does: seldom, and never among what was imported and collected, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def pytest_runtest_setup(item: pytest.Item) -> None:
    require(item)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at a fixed time until the test moves it."""
    return ManualClock(CLOCK_START)


@pytest.fixture
def ids() -> SequentialIds:
    """Identifiers that are the same in each run."""
    return SequentialIds()


def _wants_decisions_only(config: pytest.Config) -> bool:
    return str(config.getoption("markexpr", "")) == "domain"
