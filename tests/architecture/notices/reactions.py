"""What notices do when others publish."""

from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.users.events import SessionEnded
from navswap.infra.mongo import Session
from navswap.slice import Reactions
from tests.architecture.notices.service import NoticeService


def reactions(notices: NoticeService) -> Reactions:
    """Return the reactions of the slice, by event type."""

    async def withdraw(envelope: Envelope, session: Session) -> None:
        """Take away the notices of a user whose session ended."""
        ended = read_fact(SessionEnded, envelope.payload)
        await notices.withdraw_of(ended.user_id, session)

    return {SessionEnded.type: [withdraw]}
