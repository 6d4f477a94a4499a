"""Work for people at stations: a swap takes minutes of service, a ticket minutes of repair."""

from collections.abc import Iterable
from typing import Final

from navswap.ml.history import Payload, Row, TableSpec

SERVICE_MINUTES: Final = 2.0
"""Work of one swap, as staff is planned by."""
REPAIR_MINUTES: Final = 30.0
"""Work of one ticket, as staff is planned by."""


def _service(payload: Payload) -> Iterable[Row]:
    yield Row((payload["swap"]["station_id"],), (SERVICE_MINUTES, SERVICE_MINUTES, 0.0))


def _repair(payload: Payload) -> Iterable[Row]:
    yield Row((payload["ticket"]["station_id"],), (REPAIR_MINUTES, 0.0, REPAIR_MINUTES))


WORK: Final = TableSpec(
    "work",
    ("station",),
    ("minutes", "service_minutes", "repair_minutes"),
    {"swapping.swap.completed": _service, "faults.ticket.opened": _repair},
)
"""One row a swap and one a ticket, when it was opened."""


def _open(payload: Payload) -> Iterable[Row]:
    ticket = payload["ticket"]
    yield Row((ticket["station_id"],), (1.0 if ticket["state"] != "RESOLVED" else -1.0,))


TICKETS: Final = TableSpec(
    "tickets",
    ("station",),
    ("open",),
    {f"faults.ticket.{change}": _open for change in ("opened", "reopened", "resolved")},
)
"""One row a ticket that was opened (1) or resolved (-1): their sum is how many are open."""
