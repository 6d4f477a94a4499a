"""Notices at the edge."""

from collections.abc import AsyncGenerator
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.events.stream import ResyncMoment, SnapshotMoment
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import LoadedNode
from navswap.graphql.permissions import public, roles
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of
from tests.architecture.notices import storage
from tests.architecture.notices.events import BOARD, NoticePosted
from tests.architecture.notices.service import NoticesServices


@strawberry.type(description="Something that all should read.")
class Notice(LoadedNode):
    """A notice as clients see it."""

    id: relay.NodeID[str]
    text: str = strawberry.field(description="What it says.")
    author: str = strawberry.field(description="Name of who posted it.")

    @classmethod
    def of(cls, notice: storage.Notice) -> Self:
        """Return the view of a stored notice."""
        return cls(id=notice.id, text=notice.text, author=notice.author)

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return notices by id."""
        found = await NoticesServices.of(context).notices.list_by_ids(ids)
        return {key: cls.of(notice) for key, notice in found.items()}


@strawberry.type
class NoticesQuery:
    """Queries of notices."""

    @strawberry.field(description="All notices, oldest first.", extensions=public())
    async def notices(self, info: Info) -> list[Notice]:
        """List them."""
        return [Notice.of(notice) for notice in await NoticesServices.of(info.context).notices.list_all()]


@strawberry.input(description="What to post.")
class PostNoticeInput:
    """The input of postNotice."""

    text: str = strawberry.field(description="What it shall say.")


@strawberry.type
class NoticesMutation:
    """Mutations of notices."""

    @strawberry.mutation(description="Post a notice.", extensions=roles(Role.ADMIN))
    async def post_notice(
        self, info: Info, input: Annotated[PostNoticeInput, strawberry.argument(description="The notice.")]
    ) -> Notice:
        """Post one."""
        posted = await NoticesServices.of(info.context).notices.post(
            input.text, info.context.signed_in().user_id
        )
        return Notice.of(posted)


@strawberry.type(description="The notices when the subscription begins.")
class NoticesSnapshot:
    """The first message of noticesChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this message.")
    notices: list[Notice] = strawberry.field(description="All notices, oldest first.")


@strawberry.type(description="A notice was posted.")
class NoticesUpdate:
    """A later message of noticesChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this message.")
    sequence: int = strawberry.field(description="Counts the notices, at least 1.")
    notice: Notice = strawberry.field(description="The new one.")


NoticesChange = Annotated[
    NoticesSnapshot | NoticesUpdate | Resync,
    strawberry.union("NoticesChange", description="A message of noticesChanged."),
]


@strawberry.type
class NoticesSubscription:
    """Subscriptions of notices."""

    @strawberry.subscription(description="Notices, live.", extensions=public())
    async def notices_changed(
        self, info: Info, after: AfterCursor = None
    ) -> AsyncGenerator[NoticesChange, None]:
        """Watch the board."""
        service = NoticesServices.of(info.context).notices
        async for moment in live(
            info.context, "noticesChanged", frozenset({BOARD}), service.load_live, after
        ):
            if isinstance(moment, SnapshotMoment):
                notices = [Notice.of(notice) for notice in moment.state]
                yield NoticesSnapshot(cursor=moment.cursor, notices=notices)
            elif isinstance(moment, ResyncMoment):
                yield resync_of(moment)
            else:
                posted = NoticePosted.model_validate(moment.envelope.payload)
                notice = Notice(id=posted.notice_id, text=posted.text, author=posted.author)
                yield NoticesUpdate(cursor=moment.cursor, sequence=moment.sequence, notice=notice)
