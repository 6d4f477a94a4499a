"""NavSwap's own types under a root of plain attributes, so that they can be answered without a database."""

from types import GenericAlias
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from navswap.edge.schema import LimitedSchema
from navswap.schema import nodes_of
from navswap.slices import SLICES

NODES = nodes_of(SLICES)


def _root() -> type:
    kinds: list[Any] = [NODES[name] for name in sorted(NODES)]
    annotations: dict[str, Any] = {f"one{kind.__name__}": kind | None for kind in kinds}
    lists: dict[str, Any] = {f"all{kind.__name__}": GenericAlias(list, kind) for kind in kinds}
    fields = {name: strawberry.field() for name in (*annotations, *lists)}
    root = type("Own", (), {"__annotations__": {**annotations, **lists}, **fields})
    return strawberry.type(root)


OWN = LimitedSchema(
    query=_root(),
    types=list(NODES.values()),
    config=StrawberryConfig(relay_use_legacy_global_id=False),
)
