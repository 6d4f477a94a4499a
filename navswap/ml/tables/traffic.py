"""How fast vehicles were in every five minutes, by zone and by cell."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import number

_COLUMNS: Final = ("speed_kmh", "free_flow_kmh", "congestion", "probes", "is_jam")
JAM: Final = 0.4
"""Congestion from which on a cell is jammed: vehicles take two thirds longer than on a free road."""


def _values(measured: Payload) -> tuple[float, ...]:
    congestion = number(measured, "congestion")
    return (
        number(measured, "speed_kmh"),
        number(measured, "free_flow_kmh"),
        congestion,
        number(measured, "probes"),
        float(congestion >= JAM),
    )


def _zones(payload: Payload) -> Iterable[Row]:
    for measured in payload.get("zones", ()):
        yield Row((measured["zone"],), _values(measured))


def _cells(payload: Payload) -> Iterable[Row]:
    for measured in payload.get("cells", ()):
        yield Row((measured["cell"],), _values(measured))


ZONE_SPEEDS: Final = TableSpec("zone_speeds", ("zone",), _COLUMNS, {"traffic.zones.measured": _zones})
"""One row a zone with probes and five minutes."""

CELL_SPEEDS: Final = TableSpec("cell_speeds", ("cell",), _COLUMNS, {"traffic.cells.measured": _cells})
"""One row a cell with probes and five minutes."""
