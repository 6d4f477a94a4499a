"""The garbage collector during a run: a city of values that live long, and next to no cycles among those that do not."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 50_000
"""After so many more objects the young ones are looked at: some 200 swaps of a large city."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Look seldom for cycles, and never at what is there already; afterwards the collector is as it was.

    By default it looks at the young objects with each third rider, and each time a quarter more has come at the whole city.
    """
    thresholds, froze = gc.get_threshold(), gc.get_freeze_count() == 0
    if froze:
        gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if froze:
            gc.unfreeze()
