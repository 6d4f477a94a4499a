"""Corruptions: each is registered with the invariant that must find it, and words of what it says then.

They are in tests/consistency/plants, a file for each kind; a file there is found by itself.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from navswap.infra.mongo import Stored
from tests.consistency.network import Network

Plant = Callable[[Network], Awaitable[None]]
PLANTS: list[tuple[str, str, Plant]] = []


def plant(invariant: str, words: str) -> Callable[[Plant], Plant]:
    """Register a corruption, the invariant that must find it, and words of what it says."""

    def keep(corrupt: Plant) -> Plant:
        PLANTS.append((invariant, words, corrupt))
        return corrupt

    return keep


async def write(kind: type[Stored], identifier: str, **values: Any) -> None:
    """Write into a document behind the back of the code; `__` in a name stands for a dot."""
    changes = {name.replace("__", "."): value for name, value in values.items()}
    written = await kind.collection().update_one({"_id": identifier}, {"$set": changes})
    assert written.modified_count == 1
