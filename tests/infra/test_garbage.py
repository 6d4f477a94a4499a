"""What a process holds from its start on is left alone, and what comes later is still collected."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from navswap.infra.garbage import NEW_OBJECTS, collected_as_in_service, settle


class Knot:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
def test_old_garbage_is_collected_once_a_little_more_has_come() -> None:
    old = [[None] for _ in range(400_000)]
    settle()
    assert gc.get_freeze_count() > len(old)
    knots = [Knot() for _ in range(1_000)]
    gc.collect(1)  # now they are old themselves
    seen = weakref.WeakSet(knots)
    knots.clear()
    gc.set_threshold(1_000, 5, 5)
    kept: list[object] = []
    while len(kept) < 50_000:
        kept.append([])
    assert len(seen) == 0


@pytest.mark.usefixtures("collector")
def test_a_bench_that_stands_in_for_a_server_leaves_the_collector_as_it_was() -> None:
    gc.unfreeze()
    before = gc.get_threshold()
    with collected_as_in_service():
        assert gc.get_threshold() == (NEW_OBJECTS, *before[1:])
        assert gc.get_freeze_count() > 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
