"""Swaps, holds, arrivals, and how holds ended."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import NAN, minutes_between, number, text, time_ms

_FULFILLED, _NO_SHOW, _CANCELLED, _OTHER = 0.0, 1.0, 2.0, 3.0
_ENDINGS: Final = {"FULFILLED": _FULFILLED, "NO_SHOW": _NO_SHOW, "CANCELLED": _CANCELLED}
_KEPT: Final = timedelta(days=31)
"""What riders and rides of a month were like is asked for."""


def _swap(payload: Payload) -> Iterable[Row]:
    swap = payload["swap"]
    packs_out, packs_in = swap["packs_out"], swap["packs_in"]
    returned = [pack["soc_percent"] for pack in packs_in if pack.get("soc_percent") is not None]
    yield Row(
        (swap["station_id"], text(swap, "pack_model_id")),
        (
            float(len(packs_out)),
            float(bool(swap.get("walk_in"))),
            sum(returned) / len(returned) if returned else NAN,
            minutes_between(time_ms(swap, "confirmed_at"), time_ms(swap, "completed_at")),
        ),
    )


SWAPS: Final = TableSpec(
    "swaps",
    ("station", "pack_model"),
    ("packs", "is_walk_in", "returned_soc_percent", "minutes"),
    {"swapping.swap.completed": _swap},
)
"""One row a swap; `packs` handed out, `minutes` from the request of the hold."""


def _hold(payload: Payload) -> Iterable[Row]:
    entry = payload["entry"]
    if entry["walk_in"]:
        return
    confirmed = time_ms(entry, "confirmed_at")
    yield Row(
        (entry["id"], entry["station_id"], text(entry, "rider_id")),
        (
            number(payload, "distance_metres"),
            minutes_between(confirmed, time_ms(entry, "expected_at")),
            minutes_between(confirmed, time_ms(entry, "hold_until")),
            float(len(entry["packs"])),
            number(entry["bonus"], "credits") if entry.get("bonus") else NAN,
        ),
    )


HOLDS: Final = TableSpec(
    "holds",
    ("hold", "station", "rider"),
    ("distance_metres", "ride_minutes", "held_minutes", "packs", "bonus_credits"),
    {"swapping.queue_entry.confirmed": _hold},
    kept=_KEPT,
)
"""One row a hold of a rider who is on the way; `ride_minutes` as it was estimated when the hold was given."""


def _arrival(payload: Payload) -> Iterable[Row]:
    entry = payload["entry"]
    if entry["walk_in"]:
        return
    confirmed, arrived = time_ms(entry, "confirmed_at"), time_ms(entry, "arrived_at")
    expected = time_ms(entry, "expected_at")
    minutes, ride_minutes = minutes_between(confirmed, arrived), minutes_between(confirmed, expected)
    yield Row(
        (entry["id"], entry["station_id"], text(entry, "rider_id")),
        (
            minutes,
            minutes_between(expected, arrived),
            minutes / ride_minutes if ride_minutes > 0 else NAN,
        ),
    )


ARRIVALS: Final = TableSpec(
    "arrivals",
    ("hold", "station", "rider"),
    ("minutes", "late_minutes", "slowness"),
    {"swapping.queue_entry.arrived": _arrival},
    kept=_KEPT,
)
"""One row an arrival of a rider with a hold: minutes since the hold was given, past the estimate, and over the estimate."""


def _outcome(payload: Payload) -> Iterable[Row]:
    entry = payload["entry"]
    if entry["walk_in"]:
        return
    ending = _ENDINGS.get(entry["state"], _OTHER)
    yield Row(
        (entry["id"], entry["station_id"], text(entry, "rider_id")),
        (float(ending == _NO_SHOW), float(ending == _CANCELLED), float(ending == _FULFILLED)),
    )


OUTCOMES: Final = TableSpec(
    "outcomes",
    ("hold", "station", "rider"),
    ("is_no_show", "is_cancelled", "is_fulfilled"),
    {
        f"swapping.queue_entry.{ending}": _outcome
        for ending in ("fulfilled", "cancelled", "no_show", "expired", "compensated")
    },
    kept=_KEPT,
)
"""One row a hold that ended."""
