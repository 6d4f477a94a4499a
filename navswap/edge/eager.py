"""Coroutines that begin at once, and become a task only where they have to wait: Python 3.12 has this as eager tasks."""

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, TypeVar, cast

Result = TypeVar("Result")


def begin(work: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine up to where it has to wait; return the rest of it, None for one that is done. Raises what it raises.

    The rest may be awaited in another task. What the coroutine does until then it does as part of the present one, so it must
    not ask which task runs it.
    """
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return Rest(work, awaited)


class Rest(Coroutine[Any, Any, Result]):
    """What is left of a coroutine that waits for something.

    It is a coroutine itself, so that a task made of it that is cancelled before its first turn cancels what it waits for.
    """

    __slots__ = ("_awaited", "_is_at_first_wait", "_work")

    def __init__(self, work: Coroutine[Any, Any, Result], awaited: Any) -> None:
        self._work = work
        self._awaited = awaited
        self._is_at_first_wait = True

    def send(self, value: Any) -> Any:
        """Return what it waits for next; raises StopIteration with the result when it is done."""
        if self._is_at_first_wait:
            self._is_at_first_wait = False
            return self._awaited
        return self._work.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an error where it waits, which a time limit within it may make an end of its own; otherwise like `send`."""
        self._is_at_first_wait = False
        return self._work.throw(*error)

    def close(self) -> None:
        """Leave it behind where it waits."""
        self._is_at_first_wait = False
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Result]:
        return cast(Generator[Any, Any, Result], self)

    def __iter__(self) -> "Rest[Result]":
        return self

    def __next__(self) -> Any:
        return self.send(None)
