"""What stations drew in each quarter of an hour, and the state of their feeders."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import NAN, number


def _load(payload: Payload) -> Iterable[Row]:
    load, limit = number(payload, "load_kw"), number(payload, "limit_kw")
    yield Row((payload["station_id"],), (load, limit, load / limit if limit > 0 else NAN))


LOADS: Final = TableSpec(
    "loads", ("station",), ("load_kw", "limit_kw", "limit_share"), {"energy.load.measured": _load}
)
"""One row a quarter of an hour: the mean of what a station drew, what it might have drawn, and the share of it."""


def _feeder(payload: Payload) -> Iterable[Row]:
    state = payload["state"]
    is_outage, is_limited = state == "OUTAGE", state == "LIMITED"
    yield Row(
        (payload["station_id"],),
        (
            float(is_outage),
            float(is_limited),
            float(is_outage or is_limited),
            number(payload, "limit_kw"),
            number(payload, "usual_kw"),
        ),
    )


FEEDERS: Final = TableSpec(
    "feeders",
    ("station",),
    ("is_outage", "is_limited", "is_event", "limit_kw", "usual_kw"),
    {"energy.feeder.changed": _feeder},
    is_state=True,
)
"""One row a change of a feeder; an event is one that leaves less than usual."""
