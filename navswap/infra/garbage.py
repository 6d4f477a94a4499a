"""The garbage collector of a process that serves: what it holds from its start on is not looked through again and again.

The schema, the models and the libraries are some million objects. Python looks through all of them each time that a quarter more has
come, which took a third of the time of small requests.
"""

import asyncio
import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

NEW_OBJECTS: Final = 10_000
"""After so many more objects the young ones are looked at; Python's own 700 are fewer than one list makes."""
SETTLED_AFTER_SECONDS: Final = (0.0, 30.0, 300.0)
"""When what is there is taken for what stays: at the start, once models and read models are loaded, and once caches are full."""


async def leave_alone_what_stays() -> None:
    """Take what lives at the start, and a little later, out of what the collector looks through."""
    _, *older = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *older)
    for seconds in SETTLED_AFTER_SECONDS:
        await asyncio.sleep(seconds)
        settle()


@contextmanager
def collected_as_in_service() -> Iterator[None]:
    """Let the collector work as in a process that serves: for a bench that stands in for one."""
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    settle()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def settle() -> None:
    """Take what lives now out of what the collector looks through, and give back to the system what is free.

    The second collection finds nothing, but lets the collector know how little is left to it: it looks through old objects only
    once a quarter more have come, and would else let garbage grow to a quarter of what is frozen.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    give_back_free_memory()


def give_back_free_memory() -> None:
    """Give pages back that hold nothing any more; only glibc keeps them, and offers this."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
