"""Packs that depots gave out and got back, and what proposals of orders were computed from."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import number


def depot_model_id(depot_id: str, pack_model_id: str) -> str:
    """Return the id under which the packs of one model at a depot are known."""
    return f"{depot_id}/{pack_model_id}"


def _move(payload: Payload) -> Iterable[Row]:
    origin, target = payload["origin"], payload["target"]
    for place, issued in ((origin, 1.0), (target, 0.0)):
        if place["kind"] == "DEPOT":
            yield Row((depot_model_id(place["holder_id"], payload["model_id"]),), (issued, 1.0 - issued))


DEPOT_MOVES: Final = TableSpec(
    "depot_moves", ("depot_model",), ("issued", "brought"), {"packs.pack.moved": _move}
)
"""One row a pack that left a depot, or came to it."""


def _proposal(payload: Payload) -> Iterable[Row]:
    order = payload["order"]
    inputs = order["inputs"]
    yield Row(
        (depot_model_id(order["depot_id"], order["pack_model_id"]),),
        (
            float(order["packs"]),
            number(inputs, "on_hand"),
            number(inputs, "on_order"),
            number(inputs, "to_replace"),
            number(inputs, "lead_time_days"),
            number(inputs, "mean_per_day"),
        ),
    )


PROPOSALS: Final = TableSpec(
    "proposals",
    ("depot_model",),
    ("packs", "on_hand", "on_order", "to_replace", "lead_time_days", "mean_per_day"),
    {"procurement.stock_order.proposed": _proposal},
    is_state=True,
)
"""One row a proposal to order packs, with the supply and the demand that it was computed from."""
