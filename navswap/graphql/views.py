"""Views of values that stay the same object for many requests, built once for each.

What is answered of such a view is kept with it as well: a compiled operation (`edge/execution`) writes the part of an
answer that depends on nothing but the view once, and finds it at the view when the same selection is asked for again.
"""

from collections import OrderedDict
from collections.abc import Callable
from operator import is_
from typing import Final, Generic, TypeVar

PARTS: Final = "_parts_of_answers"
"""The attribute of a kept view for what was answered of it, by selection."""

Value = TypeVar("Value")
View = TypeVar("View")

_MOST_KEPT: Final = 20_000
"""The views of more values are not kept; those that were built longest ago go first."""
_MOST_LISTS: Final = 64
"""Lists of views that are kept, of 8 KB for a thousand."""


class Views(Generic[Value, View]):
    """Builds the view of a value, and keeps it for as long as the value of that name is the same object.

    For values that a read model holds: between two changes all clients are given one view, which nothing may change. Its
    methods that take no `info` depend on the view alone.
    """

    def __init__(self, build: Callable[[Value], View], name: Callable[[Value], str]) -> None:
        self._build = build
        self._name = name
        self._kept: OrderedDict[str, tuple[Value, View]] = OrderedDict()
        self._lists: OrderedDict[tuple[str, int], tuple[list[Value], list[View]]] = OrderedDict()

    def of_all(self, values: list[Value]) -> list[View]:
        """Return the views of values, the same list for the same values: it must not be changed."""
        if not values:
            return []
        key = self._name(values[0]), len(values)
        kept = self._lists.get(key)
        if kept is not None and all(map(is_, kept[0], values)):
            return kept[1]
        views = [self.of(value) for value in values]
        self._lists[key] = values, views
        self._lists.move_to_end(key)
        if len(self._lists) > _MOST_LISTS:
            self._lists.popitem(last=False)
        return views

    def of(self, value: Value) -> View:
        """Return the view of a value."""
        name = self._name(value)
        kept = self._kept.get(name)
        if kept is not None and kept[0] is value:
            return kept[1]
        view = self._build(value)
        object.__setattr__(view, PARTS, {})
        self._kept[name] = value, view
        self._kept.move_to_end(name)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return view
