"""What traffic publishes: revisions of the traffic map."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from navswap.kit.facts import Fact


@dataclass(frozen=True, slots=True)
class MapChanged(Fact):
    """The traffic map has a new revision; what changed is read from the cells, by the revision each changed in."""

    type: ClassVar[str] = "traffic.map.changed"

    revision: int
    cells: int
    as_of: datetime

    def key(self) -> str:
        """Order all revisions of the one map."""
        return "traffic"
