"""Coroutines that begin at once, and become a task only where they have to wait: Python 3.12 has this as eager tasks."""

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

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


class Rest(Generic[Result]):
    """What is left of a coroutine that waits for something."""

    def __init__(self, work: Coroutine[Any, Any, Result], awaited: Any) -> None:
        self._work = work
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, Result]:
        try:
            yield self._awaited
        except GeneratorExit:  # left behind while it waited
            self._work.close()
            raise
        except BaseException as error:  # noqa: BLE001 - cancelled while it waited, which a time limit within it may make an end of its own
            try:
                awaited = self._work.throw(error)
            except StopIteration as ended:
                return cast(Result, ended.value)
            return (yield from Rest[Result](self._work, awaited).__await__())
        return (yield from self._work.__await__())
