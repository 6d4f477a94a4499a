"""What notices publish."""

from dataclasses import dataclass
from typing import ClassVar

from navswap.kit.facts import Fact

BOARD = "board"
"""The stream of all notices."""


@dataclass(frozen=True, slots=True)
class NoticePosted(Fact):
    """Somebody posted a notice."""

    type: ClassVar[str] = "notices.notice.posted"

    notice_id: str
    text: str
    author: str
    number: int

    def key(self) -> str:
        """Order all notices."""
        return BOARD

    def streams(self) -> dict[str, int]:
        """Feed the board."""
        return {BOARD: self.number}
