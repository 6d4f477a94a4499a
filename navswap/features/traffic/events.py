"""What the traffic slice publishes: revisions of the traffic map, through the outbox."""

from datetime import datetime
from typing import ClassVar

from navswap.events.envelope import DomainEvent

MAP_KEY = "traffic"
"""The key of all events of the map, so that they stay in order."""


class TrafficChanged(DomainEvent):
    """The traffic map has a new revision; what changed is read from the cells, by the revision each changed in."""

    type: ClassVar[str] = "traffic.map.changed"

    revision: int
    cells: int
    as_of: datetime

    def key(self) -> str:
        """Order all revisions."""
        return MAP_KEY
