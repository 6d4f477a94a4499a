"""The health of packs as they were measured in slots."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import number


def _health(payload: Payload) -> Iterable[Row]:
    yield Row(
        (payload["serial_number"], payload["model_id"]),
        (
            number(payload, "soh_percent"),
            number(payload, "soc_percent"),
            number(payload, "equivalent_cycles"),
            number(payload, "throughput_kwh"),
            number(payload, "temperature_celsius"),
            number(payload, "age_days"),
        ),
    )


HEALTH: Final = TableSpec(
    "health",
    ("pack", "pack_model"),
    (
        "soh_percent",
        "soc_percent",
        "equivalent_cycles",
        "throughput_kwh",
        "temperature_celsius",
        "age_days",
    ),
    {"packs.health.measured": _health},
    is_state=True,
    kept=timedelta(days=38),
)
"""One row a pack and day on which it was in a slot."""
