"""The manifest of notices."""

from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice
from tests.architecture.notices.graphql import Notice as NoticeNode
from tests.architecture.notices.graphql import NoticesMutation, NoticesQuery, NoticesSubscription
from tests.architecture.notices.reactions import reactions
from tests.architecture.notices.service import NoticeService, NoticesServices
from tests.architecture.notices.storage import Notice

FORGET_SECONDS = 3600.0
"""How often notices are looked for that are out of date."""


def _build(platform: Platform, lower: Services) -> NoticesServices:
    users = lower.of(UsersServices).users
    notices = NoticeService(platform.mongo, platform.clock, platform.ids, platform.outbox, users)
    return NoticesServices(notices=notices)


SLICE = Slice(
    name="notices",
    services=NoticesServices,
    build=_build,
    topic="notices",
    documents=(Notice,),
    reactions=lambda own: reactions(own.notices),
    schedule=lambda own: [Scheduled(FORGET_SECONDS, own.notices.forget_old, "forget_notices")],
    query=(NoticesQuery,),
    mutation=(NoticesMutation,),
    subscription=(NoticesSubscription,),
    nodes=(NoticeNode,),
)
