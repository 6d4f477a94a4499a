"""Notices at the edge."""

from collections.abc import AsyncGenerator
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.graphql.context import Context, Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import LoadedNode
from navswap.graphql.permissions import public, roles
from navswap.graphql.refusals import InvalidInput
from navswap.kit.errors import InvalidInputError
from tests.architecture.notices import storage
from tests.architecture.notices.events import BOARD, NoticePosted
from tests.architecture.notices.service import NoticesServices

MAX_CHARACTERS = 200


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

    text: str = strawberry.field(description="What it shall say; 1 to 200 characters.")

    def to_text(self) -> str:
        """Return the text; raises InvalidInputError."""
        if not 1 <= len(self.text) <= MAX_CHARACTERS:
            raise InvalidInputError("text", f"A notice has 1 to {MAX_CHARACTERS} characters.")
        return self.text


@strawberry.type(description="The notice is posted.")
class PostNoticePayload:
    """The answer of postNotice."""

    notice: Notice = strawberry.field(description="The new notice.")


PostNoticeResult = Annotated[
    PostNoticePayload | InvalidInput,
    strawberry.union("PostNoticeResult", description="The notice, or why there is none."),
]


@strawberry.type
class NoticesMutation:
    """Mutations of notices."""

    @strawberry.mutation(description="Post a notice.", extensions=roles(Role.ADMIN))
    async def post_notice(
        self, info: Info, input: Annotated[PostNoticeInput, strawberry.argument(description="The notice.")]
    ) -> PostNoticeResult:
        """Post one."""
        notices = NoticesServices.of(info.context).notices
        posted = await notices.post(input.to_text(), info.context.signed_in().user_id)
        return PostNoticePayload(notice=Notice.of(posted))


@strawberry.type(description="The notices when the subscription begins.")
class NoticesSnapshot(StreamMoment):
    """The first message of noticesChanged."""

    notices: list[Notice] = strawberry.field(description="All notices, oldest first.")


@strawberry.type(description="A notice was posted.")
class NoticesUpdate(StreamMoment):
    """A later message of noticesChanged."""

    notice: Notice = strawberry.field(description="The new one.")


NoticesChange = Annotated[
    NoticesSnapshot | NoticesUpdate | Resync,
    strawberry.union("NoticesChange", description="A message of noticesChanged."),
]


@strawberry.type
class NoticesSubscription:
    """Subscriptions of notices."""

    @strawberry.subscription(description="Notices, live.", extensions=public())
    def notices_changed(self, info: Info, after: AfterCursor = None) -> AsyncGenerator[NoticesChange, None]:
        """Watch the board."""
        return stream(
            info,
            [BOARD],
            NoticesServices.of(info.context).notices.load_live,
            after,
            event=NoticePosted,
            snapshot=lambda notices, at: NoticesSnapshot(
                **at, notices=[Notice.of(notice) for notice in notices]
            ),
            update=lambda posted, at: NoticesUpdate(
                **at, notice=Notice(id=posted.notice_id, text=posted.text, author=posted.author)
            ),
        )
