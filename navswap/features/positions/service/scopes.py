"""What one subscriber watches: an area, or some subjects."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from navswap.features.positions.reading import LatestPosition
from navswap.kit.geo import Area


class Scope(Protocol):
    """What one subscriber watches."""

    @property
    def name(self) -> str:
        """Name the scope, so that a cursor fits no other one."""
        ...

    @property
    def area(self) -> Area | None:
        """Return the area that is watched; None where subjects are."""
        ...

    @property
    def subject_ids(self) -> frozenset[str]:
        """Return the subjects that are watched; none where an area is."""
        ...

    def holds(self, position: LatestPosition) -> bool:
        """Return whether a position is shown."""
        ...


@dataclass(frozen=True, slots=True)
class AreaScope:
    """All subjects in an area."""

    area: Area

    @property
    def name(self) -> str:
        """Name the area by its edges."""
        area = self.area
        return f"area:{area.west},{area.south},{area.east},{area.north}"

    @property
    def subject_ids(self) -> frozenset[str]:
        """Return none: any subject may come in."""
        return frozenset()

    def holds(self, position: LatestPosition) -> bool:
        """Return whether the position lies in the area."""
        return self.area.contains(position.point)


@dataclass(frozen=True, slots=True)
class SubjectScope:
    """Some subjects, wherever they are."""

    subject_ids: frozenset[str]

    @property
    def name(self) -> str:
        """Name the subjects by a digest of their ids."""
        return "subjects:" + sha256(" ".join(sorted(self.subject_ids)).encode()).hexdigest()[:16]

    @property
    def area(self) -> None:
        """Return none: the subjects are watched wherever they are."""
        return

    def holds(self, position: LatestPosition) -> bool:
        """Return whether the position is of one of the subjects."""
        return position.subject_id in self.subject_ids
