"""What the batteries slice publishes."""

from typing import ClassVar

from navswap.events import topics
from navswap.events.envelope import DomainEvent
from navswap.features.batteries.documents import Place


class PackMoved(DomainEvent):
    """A pack changed hands; the chain of these is its custody."""

    type: ClassVar[str] = "batteries.pack.moved"
    topic: ClassVar[str] = topics.BATTERIES

    serial_number: str
    origin: Place
    target: Place
    soc_percent: float
    revision: int

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number
