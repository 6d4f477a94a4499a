"""Partners at the edge: types, queries, mutations and the subscription."""

from navswap.features.partners.graphql.handovers import HandoverMutation
from navswap.features.partners.graphql.mutations import PartnersMutation
from navswap.features.partners.graphql.queries import PartnersQuery, StationStorage
from navswap.features.partners.graphql.register import ShopRegisterMutation
from navswap.features.partners.graphql.subscriptions import PartnersSubscription
from navswap.features.partners.graphql.types import PartnerShop, StorageRequest

__all__ = [
    "HandoverMutation",
    "PartnerShop",
    "PartnersMutation",
    "PartnersQuery",
    "PartnersSubscription",
    "ShopRegisterMutation",
    "StationStorage",
    "StorageRequest",
]
