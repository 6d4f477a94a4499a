"""One run of a plan: what the written code turns to for everything out of the ordinary."""

from asyncio import Future, ensure_future, gather, sleep
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel
from orjson import Fragment, dumps

from navswap.edge.eager import Rest
from navswap.edge.execution.selection import UNCHANGEABLE, At, Field, Position, path_of, path_of_field

if TYPE_CHECKING:
    from navswap.edge.execution.executor import CompiledExecutor
    from navswap.edge.execution.plans import Variant

CAST: Final = "__as_strawberry_type__"
"""Where `strawberry.cast` writes the type that an object is to be taken for."""

MOST_PARTS: Final = 8
"""Selections whose answers are kept with one view."""

LANDED_AT_ONCE: Final = 1_000
"""Awaited values that are completed before others of the process have a turn: as many as the largest page has rows."""

_UNSEEN: Final = object()


@dataclass(slots=True, eq=False)
class Cell:
    """A place in the answer whose value is awaited; null stands there until then."""

    position: Position
    path: Path
    awaitable: Awaitable[Any]
    is_complete: bool
    """Whether what comes is the part of the answer itself, not a value that is yet to be completed."""


class Run:
    """One execution of a plan by an executor, from the object at `root_path`."""

    __slots__ = ("_arguments", "_cells", "_depth", "executor", "oddities", "variant")

    def __init__(self, executor: "CompiledExecutor", variant: "Variant", root_path: Path | None) -> None:
        self.executor = executor
        self.variant = variant
        self.oddities = 0
        """How many values the written code had to hand on; a part of an answer that had one is not kept."""
        self._cells: list[Cell] = []
        self._depth = 0 if root_path is None else len(root_path.as_list())
        self._arguments: dict[int, dict[str, Any]] = {}

    # What the written code calls

    def fall(self, position: Position, at: At, value: Any) -> Any:
        """Complete a value that the written code does not know; one that must be awaited is null until then."""
        self.oddities += 1
        if position.is_alone and type(value) is CoroutineType:
            return self._begun(position, at, value)
        if self.executor.is_awaitable(value):
            path = path_of(at)
            assert path is not None  # noqa: S101 - narrows the type only: a field has a path
            self._cells.append(Cell(position, path, value, is_complete=False))
            return None
        return self.finish(position, at, value)

    def _begun(self, position: Position, at: At, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine up to where it has to wait, which it need not where memory answers; the rest is awaited alone."""
        path = path_of(at)
        assert path is not None  # noqa: S101 - narrows the type only
        try:
            awaited = work.send(None)
        except StopIteration as ended:
            return self._completed(Cell(position, path, work, is_complete=False), ended.value)
        except Exception as error:  # noqa: BLE001 - an error of the field
            return self.lost(position, at, error)
        self._cells.append(Cell(position, path, Rest(work, awaited), is_complete=False))
        return None

    def finish(self, position: Position, at: At, value: Any) -> Any:
        """Complete a value by graphql-core."""
        self.oddities += 1
        path = path_of(at)
        assert path is not None  # noqa: S101 - narrows the type only
        try:
            completed = self.executor.complete_value(
                position.kind,
                position.field.details,
                self._info(position.field, path_of_field(path)),
                path,
                value,
                None,
            )
        except Exception as error:  # noqa: BLE001 - whatever a resolver or a serializer raises is an error of the field
            return self.lost(position, path, error)
        if self.executor.is_awaitable(completed):
            self._cells.append(Cell(position, path, completed, is_complete=True))
            return None
        return completed

    def lost(self, position: Position, at: At, error: Exception) -> None:
        """Record the error of a place that may be null; raise it, located, from one that may not."""
        self.oddities += 1
        path = path_of(at)
        assert path is not None  # noqa: S101 - narrows the type only
        self.executor.handle_field_error(error, position.kind, position.field.details, path)

    def abstract(self, position: Position, at: At, value: Any, otherwise: Callable[..., Any]) -> Any:
        """Complete an object of an interface or a union by its class, `otherwise` one that the class does not decide."""
        complete = position.by_class.get(type(value), _UNSEEN)
        if complete is _UNSEEN:
            complete = self.variant.learn(self.executor, position, value)
        if complete is None or getattr(value, CAST, None) is not None:
            return otherwise(position, at, value)
        return complete(self, value, at)  # type: ignore[operator]  # _UNSEEN is gone here

    def resolve(self, field: Field, source: Any, at: At) -> Any:
        """Return what the resolver of a field returns, or the exception that it raises."""
        path = path_of(at)
        assert path is not None  # noqa: S101 - narrows the type only
        self.oddities += 1
        info = self._info(field, path)
        resolve = field.definition.resolve or self.executor.field_resolver
        try:
            return resolve(source, info, **self.arguments_of(field))
        except Exception as error:  # noqa: BLE001 - an error of the field, raised again where its value is completed
            return error

    def info_at(self, field: Field, at: At) -> GraphQLResolveInfo[Any]:
        """Return what graphql-core hands a resolver at a path."""
        path = path_of(at)
        assert path is not None  # noqa: S101 - narrows the type only
        return self._info(field, path)

    # What is awaited

    @property
    def is_waiting(self) -> bool:
        """Return whether something has to be awaited."""
        return bool(self._cells)

    def abandon(self) -> None:
        """Let what was begun end by itself, as graphql-core does below an error."""
        if self._cells:
            self.executor.settle_in_background([cell.awaitable for cell in self._cells])

    async def settle(self, answer: Any) -> Any:
        """Return the answer once every awaited part of it is in its place.

        Raises the GraphQLError of a part that may not be null where nothing around it may be null either.
        """
        try:
            await self._settle(answer, self._taken())
        except BaseException:
            self._cancel([ensure_future(cell.awaitable) for cell in self._taken()])
            raise
        return answer

    def _cancel(self, begun: list[Future[Any]]) -> None:
        """End what is not waited for any more."""
        for future in begun:
            future.cancel()
        if begun:
            self.executor.settle_in_background(list(begun))

    def _taken(self) -> list[Cell]:
        cells, self._cells = self._cells, []
        return cells

    async def _settle(self, answer: Any, cells: list[Cell]) -> None:
        """Fill the cells column by column; a column goes on to its own parts without waiting for the others."""
        columns = _columns(cells)
        if len(columns) == 1:
            await self._fill(answer, columns[0])
        elif columns:
            await self._fill_all(answer, columns)

    async def _fill_all(self, answer: Any, columns: list[list[Cell]]) -> None:
        begun: list[Future[Any]] = []
        for cell in (cell for column in columns for cell in column):
            cell.awaitable = future = ensure_future(cell.awaitable)
            begun.append(future)
        try:
            await gather_with_cancel(*(self._fill(answer, column) for column in columns))
        except BaseException:
            self._cancel(begun)
            raise

    async def _fill(self, answer: Any, column: list[Cell]) -> None:
        outcomes = await _outcomes([cell.awaitable for cell in column])
        for place, (cell, outcome) in enumerate(zip(column, outcomes, strict=True), start=1):
            self._land(answer, cell, outcome)
            if not place % LANDED_AT_ONCE:
                await sleep(0)
        await self._settle(answer, self._taken())

    def _land(self, answer: Any, cell: Cell, outcome: Any) -> None:
        """Put what came of an awaitable into the answer, or null where it failed."""
        keys = cell.path.as_list()[self._depth :]
        holder = _holder(answer, keys)
        if holder is None:
            return  # something around it failed before
        try:
            holder[keys[-1]] = self._completed(cell, outcome)
        except GraphQLError as error:
            self._nullify(answer, cell, error)

    def _completed(self, cell: Cell, outcome: Any) -> Any:
        if isinstance(outcome, Exception):
            return self.lost(cell.position, cell.path, outcome)
        if cell.is_complete:
            return outcome
        complete = cell.position.completion or self.variant.completion_of(self.executor, cell.position)
        return complete(self, outcome, cell.path)

    def _nullify(self, answer: Any, cell: Cell, error: GraphQLError) -> None:
        """Write null into the nearest place around a cell that may be null; raise where there is none."""
        position: Position | None = cell.position
        path: Path | None = cell.path
        while position is not None and not position.is_nullable:
            position = position.parent
            path = path.prev if path is not None else None
        if position is None or path is None:
            raise error
        keys = path.as_list()[self._depth :]
        holder = _holder(answer, keys)
        if holder is not None:
            self.executor.collected_errors.add(error, path)
            holder[keys[-1]] = None

    # What a resolver is handed

    def _info(self, field: Field, path: Path) -> GraphQLResolveInfo[Any]:
        return self.executor.build_resolve_info(field.definition, field.nodes, field.parent, path)

    def arguments_of(self, field: Field) -> dict[str, Any]:
        """Return the arguments of a field, the same for all its parents where a resolver cannot change them."""
        if not field.definition.args:
            return {}
        known = self._arguments.get(id(field))
        if known is not None:
            return known
        arguments = get_argument_values(
            field.definition,
            field.nodes[0],
            self.executor.variable_values,
            None,
            self.executor.hide_suggestions,
        )
        if all(isinstance(value, UNCHANGEABLE) for value in arguments.values()):
            self._arguments[id(field)] = arguments
        return arguments


def written(part: dict[str, Any]) -> dict[str, Any] | Fragment:
    """Return a part of an answer as the bytes that it will have in the whole, or as it is where orjson cannot write it."""
    try:
        return Fragment(dumps(part))
    except TypeError:
        return part


def keep(parts: dict[Position, Any], position: Position, part: dict[str, Any] | Fragment) -> None:
    """Keep with a view what was answered of it; the answers of other selections go once there are too many."""
    if len(parts) >= MOST_PARTS:
        parts.clear()
    parts[position] = part


def _columns(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Return the cells by position; both in the order in which they came."""
    columns: dict[int, list[Cell]] = {}
    for cell in cells:
        columns.setdefault(id(cell.position), []).append(cell)
    return list(columns.values())


async def _outcomes(awaitables: list[Awaitable[Any]]) -> list[Any]:
    """Return the results of awaitables, of a failed one its exception; a cancellation is raised."""
    if len(awaitables) == 1:
        try:
            return [await awaitables[0]]
        except Exception as error:  # noqa: BLE001 - an error of the field
            return [error]
    outcomes = await gather(*map(ensure_future, awaitables), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
            raise outcome
    return outcomes


def _holder(answer: Any, keys: list[str | int]) -> Any:
    """Return what holds the last of the keys, None where null stands on the way to it."""
    for key in keys[:-1]:
        if answer is None:
            return None
        answer = answer[key]
    return answer
