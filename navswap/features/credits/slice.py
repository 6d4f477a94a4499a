"""The manifest of credits."""

from navswap.features.credits.graphql import CreditEntry, CreditsMutation, CreditsQuery, CreditsSubscription
from navswap.features.credits.reactions import reactions
from navswap.features.credits.service import CreditService, CreditsServices
from navswap.features.credits.storage import AccountDocument, LedgerEntryDocument
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, lower: Services) -> CreditsServices:
    users = lower.of(UsersServices).users
    return CreditsServices(
        credits=CreditService(
            platform.mongo,
            platform.clock,
            platform.ids,
            platform.outbox,
            platform.idempotency,
            users,
            platform.audit_log,
        )
    )


SLICE = Slice(
    name="credits",
    services=CreditsServices,
    build=_build,
    topic="credits",
    documents=(AccountDocument, LedgerEntryDocument),
    reactions=lambda own: reactions(own.credits),
    query=(CreditsQuery,),
    mutation=(CreditsMutation,),
    subscription=(CreditsSubscription,),
    nodes=(CreditEntry,),
)
