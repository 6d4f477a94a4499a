"""Partners at the edge: types, queries, mutations and the subscription."""

from navswap.features.partners.graphql.mutations import PartnersMutation
from navswap.features.partners.graphql.queries import PartnersQuery
from navswap.features.partners.graphql.register import ShopRegisterMutation
from navswap.features.partners.graphql.subscriptions import PartnersSubscription

__all__ = ["PartnersMutation", "PartnersQuery", "PartnersSubscription", "ShopRegisterMutation"]
