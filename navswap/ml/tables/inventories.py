"""The packs of one model at a station: its stock at each change, what moved in and out, and when more will be charged."""

from collections.abc import Iterable
from math import isnan
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import NAN, minutes_between, number, text, time_ms

CHARGED_PERCENT: Final = 80.0
"""The charge that a pack is handed out with at least."""
_COUNTS: Final = (
    "charged_packs",
    "held_packs",
    "charging_packs",
    "faulty_packs",
    "blocked_packs",
    "empty_slots",
)
READY_WITHIN: Final = (60, 120, 240)
"""Minutes after which the packs that will be charged by then are counted."""
_PLAN_MINUTES: Final = 15
"""A charging plan is made again at this interval; the fact says when the next is due."""


def inventory_id(station_id: str, pack_model_id: str) -> str:
    """Return the id under which the packs of one model at a station are known."""
    return f"{station_id}/{pack_model_id}"


def _stock(payload: Payload) -> Iterable[Row]:
    status, station_id = payload["status"], payload["station_id"]
    for entry in status.get("stock_by_model") or ():
        counts = {name: float(entry["stock"].get(name, 0)) for name in _COUNTS}
        yield Row(
            (inventory_id(station_id, entry["model_id"]), station_id, entry["model_id"]),
            (
                *(counts[name] for name in _COUNTS),
                sum(counts.values()) - counts["held_packs"],  # those are among the charged
                float(counts["charged_packs"] < 1),
            ),
        )


STOCK: Final = TableSpec(
    "stock",
    ("inventory", "station", "pack_model"),
    (*_COUNTS, "slots", "is_out"),
    {"stations.station.changed": _stock},
    is_state=True,
    drops_repeats=True,
    counted_since=("slot_moves",),
)
"""One row a pack model at each change of a station; `is_out` is 1 without a charged pack. One that leaves all of these as they were,
with no pack moved since the one before, may be missing."""


def _move(payload: Payload) -> Iterable[Row]:
    origin, target = payload["origin"], payload["target"]
    soc_percent, model_id = number(payload, "soc_percent"), payload["model_id"]
    charged = float(soc_percent >= CHARGED_PERCENT)
    if origin["kind"] == "SLOT":
        by_rider = float(target["kind"] == "RIDER")
        by_transport = float(target["kind"] == "TRANSPORTER")
        yield Row(
            (inventory_id(origin["holder_id"], model_id),),
            (by_rider, 0.0, NAN, -charged * by_transport, 0.0, by_transport),
        )
    if target["kind"] == "SLOT":
        by_rider = float(origin["kind"] == "RIDER")
        by_transport = float(origin["kind"] == "TRANSPORTER")
        yield Row(
            (inventory_id(target["holder_id"], model_id),),
            (0.0, by_rider, soc_percent if by_rider else NAN, charged * by_transport, by_transport, 0.0),
        )


SLOT_MOVES: Final = TableSpec(
    "slot_moves",
    ("inventory",),
    ("taken", "returned", "returned_soc_percent", "charged_brought", "brought", "fetched"),
    {"packs.pack.moved": _move},
)
"""One row a pack that came into a slot or left one: `taken` and `returned` by riders, `brought` and `fetched` by transport;
`charged_brought` is 1 for a charged pack that transport brought, -1 for one that it fetched."""


def _plan(payload: Payload) -> Iterable[Row]:
    station = payload["station"]
    due_ms, times = time_ms(station, "due_at"), station.get("ready_times")
    if due_ms is None or times is None:
        return
    minutes = [minutes_between(due_ms, time_ms(time, "ready_at")) + _PLAN_MINUTES for time in times]
    socs = [float(time["soc_percent"]) for time in times]
    yield Row(
        (text(station, "id"),),
        (
            *(float(sum(ready <= within for ready in minutes)) for within in READY_WITHIN),
            float(len(times)),
            min((ready for ready in minutes if not isnan(ready)), default=NAN),
            sum(socs) / len(socs) if socs else NAN,
            sum(number(setpoint, "power_kw") for setpoint in station.get("setpoints") or ()),
            number(station, "limit_kw"),
        ),
    )


CHARGING_PLANS: Final = TableSpec(
    "charging_plans",
    ("station",),
    (
        *(f"ready_{within}m" for within in READY_WITHIN),
        "packs_to_charge",
        "first_ready_minutes",
        "soc_percent",
        "power_kw",
        "limit_kw",
    ),
    {"energy.command.issued": _plan, "energy.station.changed": _plan},
)
"""One row a charging plan of a station: how many packs it will have charged, and the mean charge that it began with."""
