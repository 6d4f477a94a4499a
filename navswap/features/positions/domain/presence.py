"""Where a user was last seen, as proof of being at a place."""

from dataclasses import dataclass
from datetime import datetime

from navswap.features.positions.errors import NotAtPlaceError
from navswap.kit.geo import Point
from navswap.kit.presence import Fix, PlaceProof, find_absence


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The newest position of a user, None where none is known, and what would prove presence."""

    user_id: str
    latest: Fix | None
    proof: PlaceProof

    def require_at(self, place: Point, name: str, now: datetime) -> None:
        """Raise NotAtPlaceError unless the user is at a place; `name` says to a person which one."""
        if (absence := find_absence(self.latest, place, now, self.proof)) is not None:
            raise NotAtPlaceError(absence, name)
