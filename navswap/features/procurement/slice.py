"""The manifest of procurement."""

from collections.abc import Sequence

from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices
from navswap.features.positions.service import PositionsServices, PresenceReader, transporter_proof
from navswap.features.procurement.graphql import Depot as DepotNode
from navswap.features.procurement.graphql import DepotsMutation, ProcurementMutation, ProcurementQuery
from navswap.features.procurement.graphql import StockOrder as StockOrderNode
from navswap.features.procurement.reactions import reactions
from navswap.features.procurement.service import (
    DepotService,
    ModelStockDemand,
    ProcurementServices,
    RecentWeeksForecaster,
    StockOrderService,
    StockProposalService,
)
from navswap.features.procurement.storage import DepotDay, DepotDocument, StockOrderDocument
from navswap.features.stations.service import StationsServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

ORDER_SECONDS = 900.0
"""How often depots are looked for that have no proposal of today yet."""


def _build(platform: Platform, lower: Services) -> ProcurementServices:
    mongo, clock, outbox = platform.mongo, platform.clock, platform.outbox
    packs, users = lower.of(PacksServices), lower.of(UsersServices).users
    settings, stations = platform.settings, lower.of(StationsServices).reader
    recent_weeks = RecentWeeksForecaster(stations, settings.swap_prior, settings.pack_life_swaps)
    forecaster = ModelStockDemand(clock, platform.forecaster, recent_weeks)
    presence = PresenceReader(lower.of(PositionsServices).positions, transporter_proof(settings))
    return ProcurementServices(
        depots=DepotService(
            mongo,
            clock,
            packs.packs,
            users,
            presence,
            lower.of(PartnersServices).handovers.trips,
            platform.audit_log,
        ),
        orders=StockOrderService(mongo, clock, outbox, packs.packs, platform.audit_log),
        proposals=StockProposalService(
            mongo, clock, platform.ids, outbox, packs.packs, packs.models, forecaster
        ),
    )


def _schedule(own: ProcurementServices) -> Sequence[Scheduled]:
    return [Scheduled(ORDER_SECONDS, own.proposals.propose_due, "propose_stock_orders")]


SLICE = Slice(
    name="procurement",
    services=ProcurementServices,
    build=_build,
    topic="procurement",
    documents=(DepotDocument, DepotDay, StockOrderDocument),
    reactions=lambda own: reactions(own.depots),
    schedule=_schedule,
    query=(ProcurementQuery,),
    mutation=(ProcurementMutation, DepotsMutation),
    nodes=(DepotNode, StockOrderNode),
)
