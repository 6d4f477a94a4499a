"""Batches of scheduled work: one thing that fails holds up no other."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def work_through(things: Iterable[T], work: Callable[[T], Awaitable[int]]) -> int:
    """Do the work of each thing, one after the other, and return the sum of what it says was done.

    What the first failing one raised is raised at the end, so that it is logged and tried again; until then it has cost
    the others nothing.
    """
    done, failure = 0, None
    for thing in things:
        try:
            done += await work(thing)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised below
            failure = failure or error
    if failure is not None:
        raise failure
    return done
