"""The manifest of partners."""

from collections.abc import Sequence
from datetime import timedelta

from navswap.auth.tokens import HandoverTokens
from navswap.features.credits.service import CreditsServices
from navswap.features.packs.service import PacksServices
from navswap.features.partners.graphql import (
    HandoverMutation,
    PartnerShop,
    PartnersMutation,
    PartnersQuery,
    PartnersSubscription,
    ShopRegisterMutation,
    StationStorage,
    StorageRequest,
)
from navswap.features.partners.service import (
    HandoverService,
    LastValuesForecaster,
    ModelStorage,
    PartnersServices,
    ShopRegister,
    ShopService,
    StorageFeeService,
    StorageParameters,
    StoragePlanService,
    StorageRequestService,
    Trips,
)
from navswap.features.partners.service.candidates import CandidateReader
from navswap.features.partners.storage import (
    ShopDocument,
    StayDocument,
    StoragePlanDocument,
    StorageRequestDocument,
)
from navswap.features.positions.service import PositionsServices, PresenceReader, transporter_proof
from navswap.features.stations.service import StationsServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Scheduled, Slice

EXPIRY_SECONDS = 1.0
"""How often requests are looked for that were not answered in time."""
STORAGE_SECONDS = 300.0
"""How often the packs at partner shops are counted, and the nights that are over are paid."""


def _build(platform: Platform, lower: Services) -> PartnersServices:
    mongo, clock, ids, outbox = platform.mongo, platform.clock, platform.ids, platform.outbox
    users, packs = lower.of(UsersServices).users, lower.of(PacksServices)
    stations, parameters = lower.of(StationsServices).reader, parameters_of(platform.settings)
    presence = PresenceReader(lower.of(PositionsServices).positions, transporter_proof(platform.settings))
    tokens = HandoverTokens(platform.settings)
    storage = ModelStorage(platform.forecaster, LastValuesForecaster())
    handovers = HandoverService(
        clock, ids, presence, tokens, platform.idempotency, Trips(), parameters.code_life
    )
    return PartnersServices(
        shops=ShopService(mongo, clock, ids, outbox, packs.packs),
        register=ShopRegister(mongo, clock, outbox, users, platform.audit_log),
        plans=StoragePlanService(
            clock,
            ids,
            outbox,
            platform.audit_log,
            platform.idempotency,
            CandidateReader(clock, stations, packs.models, storage, parameters),
            parameters,
        ),
        requests=StorageRequestService(mongo, clock, ids, outbox, packs.packs, handovers, parameters),
        handovers=handovers,
        fees=StorageFeeService(mongo, clock, lower.of(CreditsServices).credits),
    )


def parameters_of(settings: Settings) -> StorageParameters:
    """Return what the operator has set."""
    return StorageParameters(
        reach_metres=settings.storage_reach_metres,
        fairness_metres=settings.storage_fairness_metres,
        answer_within=timedelta(minutes=settings.storage_answer_minutes),
        deliver_within=timedelta(minutes=settings.storage_delivery_minutes),
        code_life=timedelta(minutes=settings.handover_code_minutes),
    )


def _schedule(own: PartnersServices) -> Sequence[Scheduled]:
    return [
        Scheduled(EXPIRY_SECONDS, own.requests.expire_due, "expire_storage_requests"),
        Scheduled(STORAGE_SECONDS, own.shops.recount_all, "recount_shops"),
        Scheduled(STORAGE_SECONDS, own.fees.pay_due, "pay_storage"),
    ]


SLICE = Slice(
    name="partners",
    services=PartnersServices,
    build=_build,
    topic="partners",
    documents=(ShopDocument, StoragePlanDocument, StorageRequestDocument, StayDocument),
    schedule=_schedule,
    query=(PartnersQuery,),
    mutation=(PartnersMutation, HandoverMutation, ShopRegisterMutation),
    subscription=(PartnersSubscription,),
    nodes=(PartnerShop, StorageRequest),
    extensions=(StationStorage,),
)
