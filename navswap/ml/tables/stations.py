"""The stock, queue and state of stations at each change."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec

_COUNTS: Final = (
    "charged_packs",
    "held_packs",
    "charging_packs",
    "faulty_packs",
    "blocked_packs",
    "empty_slots",
)


def _status(payload: Payload) -> Iterable[Row]:
    status = payload["status"]
    stock = status["stock"]
    counts = {name: float(stock.get(name, 0)) for name in _COUNTS}
    slots = sum(counts.values()) - counts["held_packs"]  # those are among the charged
    yield Row(
        (payload["station_id"],),
        (
            *(counts[name] for name in _COUNTS),
            slots,
            float(status.get("queue_length", 0)),
            float(status["state"] == "OPEN"),
            float(status["state"] == "OUT_OF_SERVICE"),
        ),
    )


STATUS: Final = TableSpec(
    "status",
    ("station",),
    (*_COUNTS, "slots", "queue_length", "is_open", "is_out_of_service"),
    {"stations.station.changed": _status},
    is_state=True,
    drops_repeats=True,
)
"""One row a change of a station; one that leaves all of these as they were may be missing."""
