"""What the packs slice publishes."""

from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.packs.documents import Condition, Pack, Place


class PackMoved(DomainEvent):
    """A pack changed hands; the chain of these is its custody."""

    type: ClassVar[str] = "packs.pack.moved"

    serial_number: str
    origin: Place
    target: Place
    soc_percent: float
    revision: int

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number


class PackConditionChanged(DomainEvent):
    """A pack was taken out of use, or given back; it stays where it is."""

    serial_number: str
    condition: Condition
    place: Place
    held_by: str | None
    order_id: str
    revision: int

    @classmethod
    def of(cls, pack: Pack, order_id: str) -> Self:
        """Tell a pack as it was just written."""
        return cls(
            serial_number=pack.id,
            condition=pack.condition,
            place=pack.place,
            held_by=pack.held_by,
            order_id=order_id,
            revision=pack.revision,
        )

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number


class PackRetired(PackConditionChanged):
    """A pack is never handed out again."""

    type: ClassVar[str] = "packs.pack.retired"


class PackRecalled(PackConditionChanged):
    """A pack is not handed out until it is released, and is to be carried to a depot."""

    type: ClassVar[str] = "packs.pack.recalled"


class PackReleased(PackConditionChanged):
    """A recalled pack is again what it was."""

    type: ClassVar[str] = "packs.pack.released"


class PackHoldBroken(DomainEvent):
    """A pack that a rider was promised was retired or recalled in its slot; told beside that."""

    type: ClassVar[str] = "packs.pack.hold_broken"

    serial_number: str
    station_id: str
    held_by: str

    @classmethod
    def of(cls, pack: Pack) -> Self:
        """Tell a held pack as it was just written."""
        if pack.held_by is None:
            raise ValueError(f"pack {pack.id} is held for nobody")
        return cls(serial_number=pack.id, station_id=pack.place.holder_id, held_by=pack.held_by)

    def key(self) -> str:
        """Order by pack."""
        return self.serial_number
