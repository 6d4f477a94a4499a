"""Root fields whose answers may be cached whole: what memory answers stays right until the memory changes.

A field declares where its value comes from:

    @strawberry.field(..., extensions=public(), metadata=cacheable(lambda context: reader_of(context).version))
    async def stations(self, info: Info, first: int) -> StationConnection: ...

By that it promises: where it answers without waiting, and the version is not None, its value depends on its arguments and on that
version alone. It does not depend on who asks, on the time, or on anything else that can change while the version stays the same.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from navswap.graphql.context import Context

_VERSION: Final = "navswap.version"

Version: TypeAlias = Callable[[], object | None]
"""Returns the same object for as long as the source of a field has not changed; None while it has to be asked each time."""

VersionOf: TypeAlias = Callable[[Context], Version]
"""Finds the source of a field in the process that a request came to."""


def cacheable(version_of: VersionOf) -> dict[str, Any]:
    """Return the metadata of a public root field of queries that promises what this module describes."""
    return {_VERSION: version_of}


def version_in(metadata: Mapping[Any, Any]) -> VersionOf | None:
    """Return what a field has declared; None for nothing, so that its answers are not cached."""
    return metadata.get(_VERSION)
