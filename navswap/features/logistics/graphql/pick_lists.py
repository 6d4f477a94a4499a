"""The view of the packs that a transporter is to take."""

from typing import Self

import strawberry

from navswap.features.packs.service import Pack
from navswap.graphql.scalars import Percent


@strawberry.type(description="A pack to take out of a slot of the origin of a job.")
class PackToTake:
    """A named pack as transporters see it."""

    serial_number: str = strawberry.field(description="Its serial number.")
    evse_id: int | None = strawberry.field(
        description="The slot that it is in, from 1; null once it has left the slot."
    )
    soc_percent: Percent = strawberry.field(description="Its state of charge.")

    @classmethod
    def of(cls, pack: Pack) -> Self:
        """Build the view of a pack."""
        return cls(serial_number=pack.id, evse_id=pack.place.evse_id, soc_percent=pack.soc_percent)
