"""What notices publish."""

from typing import ClassVar

from navswap.events.envelope import DomainEvent

BOARD = "board"
"""The stream of all notices."""


class NoticePosted(DomainEvent):
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
