"""Packs put into the slots of stations: how much each slot is used."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.faults import slot_id
from navswap.ml.tables.reading import number


def _docked(payload: Payload) -> Iterable[Row]:
    target = payload["target"]
    if target.get("kind") != "SLOT" or target.get("evse_id") is None:
        return
    station = target["holder_id"]
    yield Row((slot_id(station, target["evse_id"]), station), (number(payload, "soc_percent"),))


DOCKINGS: Final = TableSpec("dockings", ("slot", "station"), ("soc_percent",), {"packs.pack.moved": _docked})
"""One row a pack that was put into a slot, with its charge then."""
