"""Outages of whole stations: faults that close them, and feeders without power."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec


def _by_fault(payload: Payload) -> Iterable[Row]:
    fault = payload["fault"]
    if fault.get("pause") == "STATION":
        yield Row((fault["station_id"],), (0.0, float(fault["component"] == "COMMUNICATION")))


def _by_feeder(payload: Payload) -> Iterable[Row]:
    if payload["state"] == "OUTAGE":
        yield Row((payload["station_id"],), (1.0, 0.0))


OUTAGES: Final = TableSpec(
    "outages",
    ("station",),
    ("is_of_feeder", "is_of_link"),
    {
        "faults.fault.raised": _by_fault,
        "faults.fault.reopened": _by_fault,
        "energy.feeder.changed": _by_feeder,
    },
)
"""One row the begin of an outage."""
