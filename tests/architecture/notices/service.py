"""What can be done with notices."""

from dataclasses import dataclass

from navswap.events.outbox import Outbox
from navswap.events.stream import Loaded
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids
from navswap.services import SliceServices
from tests.architecture.notices.domain import out_of_date
from tests.architecture.notices.events import BOARD, NoticePosted
from tests.architecture.notices.storage import Notice


class NoticeService:
    """Posts notices and takes them away."""

    def __init__(self, mongo: Mongo, clock: Clock, ids: Ids, outbox: Outbox, users: UserService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._users = users

    async def post(self, text: str, user_id: str) -> Notice:
        """Store a notice and publish that it was posted, in one transaction."""
        author = await self._users.find(user_id)

        async def work(session: Session) -> Notice:
            notice = Notice(
                id=self._ids.new(),
                text=text,
                number=await Notice.last_number(session) + 1,
                posted_at=self._clock.now(),
                author_id=user_id,
                author="" if author is None else author.name,
            )
            await notice.insert(session=session)
            posted = NoticePosted(notice_id=notice.id, text=text, author=notice.author, number=notice.number)
            await self._outbox.publish(session, notice.posted_at, posted)
            return notice

        return await self._mongo.in_transaction(work)

    async def list_all(self) -> list[Notice]:
        """Return the notices, oldest first."""
        return await Notice.find_all().sort("number").to_list()

    async def list_by_ids(self, ids: list[str]) -> dict[str, Notice]:
        """Return those that exist, by id."""
        return {notice.id: notice async for notice in Notice.find({"_id": {"$in": ids}})}

    async def load_live(self) -> Loaded[list[Notice]]:
        """Return the notices with the place of their stream."""
        notices = await self.list_all()
        return Loaded(notices, {BOARD: notices[-1].number if notices else 0})

    async def withdraw_of(self, user_id: str, session: Session) -> None:
        """Take away what a user has posted."""
        await Notice.find({"author_id": user_id}, session=session).delete(session=session)

    async def forget_old(self) -> None:
        """Take away what is out of date."""
        await Notice.find({"posted_at": {"$lt": out_of_date(self._clock.now())}}).delete()


@dataclass(frozen=True, slots=True)
class NoticesServices(SliceServices):
    """What the slice notices offers."""

    notices: NoticeService
