"""The places of partner shops, and what shops answered when they were asked to store packs."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import minutes_between, number, text, time_ms


def _shop(payload: Payload) -> Iterable[Row]:
    free, capacity = number(payload, "free_places"), number(payload, "capacity_packs")
    yield Row(
        (payload["shop_id"],),
        (
            free,
            capacity,
            number(payload, "stock_packs"),
            number(payload, "reserved_packs"),
            number(payload, "offered_packs"),
        ),
    )


SHOPS: Final = TableSpec(
    "shops",
    ("shop",),
    ("free_places", "capacity_packs", "stock_packs", "reserved_packs", "offered_packs"),
    {"partners.shop.changed": _shop},
    is_state=True,
)
"""One row a change of a shop's places."""


def _asked(payload: Payload) -> Iterable[Row]:
    request = payload["request"]
    yield Row(
        (request["id"], request["shop_id"], text(request, "station_id")),
        (
            float(request["packs"]),
            number(payload, "free_places"),
            number(payload, "capacity_packs"),
            minutes_between(time_ms(request, "requested_at"), time_ms(request, "due_at")),
        ),
    )


ASKED: Final = TableSpec(
    "asked",
    ("request", "shop", "station"),
    ("packs", "free_places", "capacity_packs", "minutes_to_answer"),
    {"partners.storage_request.requested": _asked},
)
"""One row a request to store packs; places as they were just before it."""


def _answered(payload: Payload, *, is_accepted: bool) -> Iterable[Row]:
    request = payload["request"]
    answered_ms = time_ms(request, "answered_at")
    if not is_accepted and answered_ms is not None and request["state"] == "EXPIRED":
        return  # it was accepted, but not all packs came: the shop has answered before
    yield Row(
        (request["id"], request["shop_id"], text(request, "station_id")),
        (
            float(is_accepted),
            float(answered_ms is None),
            float(request["packs"]) * is_accepted,
            minutes_between(time_ms(request, "requested_at"), answered_ms),
        ),
    )


def _accepted(payload: Payload) -> Iterable[Row]:
    return _answered(payload, is_accepted=True)


def _refused(payload: Payload) -> Iterable[Row]:
    return _answered(payload, is_accepted=False)


ANSWERS: Final = TableSpec(
    "answers",
    ("request", "shop", "station"),
    ("is_accepted", "is_unanswered", "accepted_packs", "minutes"),
    {
        "partners.storage_request.accepted": _accepted,
        "partners.storage_request.declined": _refused,
        "partners.storage_request.expired": _refused,
    },
)
"""One row a request that was accepted, declined, or not answered in time."""
