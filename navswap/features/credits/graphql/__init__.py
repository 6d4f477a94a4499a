"""Credits at the edge: types, queries, mutations and the subscription."""

from navswap.features.credits.graphql.mutations import CreditsMutation
from navswap.features.credits.graphql.queries import CreditsQuery
from navswap.features.credits.graphql.subscriptions import CreditsSubscription
from navswap.features.credits.graphql.types import CreditEntry

__all__ = ["CreditEntry", "CreditsMutation", "CreditsQuery", "CreditsSubscription"]
