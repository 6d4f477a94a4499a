"""The manifest of partners."""

from collections.abc import Sequence

from navswap.features.credits.service import CreditsServices
from navswap.features.packs.service import PacksServices
from navswap.features.partners.documents import PartnerShop, Stay, StoragePlan, StorageRequest
from navswap.features.partners.graphql import PartnerShop as PartnerShopNode
from navswap.features.partners.graphql import (
    PartnersMutation,
    PartnersQuery,
    PartnersSubscription,
    ShopRegisterMutation,
)
from navswap.features.partners.graphql import StorageRequest as StorageRequestNode
from navswap.features.partners.service import (
    LastValues,
    PartnersServices,
    ShopRegister,
    ShopService,
    StorageFeeService,
    StoragePlanService,
    StorageRequestService,
)
from navswap.features.stations.service import StationsServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

LAPSE_SECONDS = 1.0
"""How often requests are looked for that were not answered in time."""
STORAGE_SECONDS = 300.0
"""How often the packs at partner shops are counted, and the nights that are over are paid."""


def _build(platform: Platform, lower: Services) -> PartnersServices:
    mongo, clock = platform.mongo, platform.clock
    users, packs = lower.of(UsersServices).users, lower.of(PacksServices).packs
    shops = ShopService(mongo, clock, packs)
    return PartnersServices(
        shops=shops,
        register=ShopRegister(mongo, clock, users),
        plans=StoragePlanService(mongo, clock, lower.of(StationsServices).stations, shops, LastValues()),
        requests=StorageRequestService(mongo, clock, packs, shops, users),
        fees=StorageFeeService(mongo, clock, lower.of(CreditsServices).credits),
    )


def _schedule(own: PartnersServices) -> Sequence[Scheduled]:
    return [
        Scheduled(LAPSE_SECONDS, own.requests.lapse_due, "lapse_storage_requests"),
        Scheduled(STORAGE_SECONDS, own.shops.count_all_anew, "count_shops"),
        Scheduled(STORAGE_SECONDS, own.fees.pay_due, "pay_storage"),
    ]


SLICE = Slice(
    name="partners",
    services=PartnersServices,
    build=_build,
    topic="partners",
    documents=(PartnerShop, StoragePlan, StorageRequest, Stay),
    schedule=_schedule,
    query=(PartnersQuery,),
    mutation=(PartnersMutation, ShopRegisterMutation),
    subscription=(PartnersSubscription,),
    nodes=(PartnerShopNode, StorageRequestNode),
)
