"""The manifest of swapping."""

from collections.abc import Sequence

from navswap.auth.tokens import QrTokens
from navswap.features.credits.service import CreditsServices
from navswap.features.geofences.service import GeofencesServices
from navswap.features.packs.service import PacksServices
from navswap.features.positions.service import PositionsServices
from navswap.features.stations.service import StationsServices
from navswap.features.swapping.documents import QueueEntry, Swap
from navswap.features.swapping.graphql import (
    BonusQuery,
    SwappingMutation,
    SwappingQuery,
    SwappingSubscription,
)
from navswap.features.swapping.graphql import QueueEntry as QueueEntryNode
from navswap.features.swapping.graphql import Swap as SwapNode
from navswap.features.swapping.reactions import reactions
from navswap.features.swapping.service import (
    Dependencies,
    HoldService,
    MoveService,
    Presence,
    QueueingBaseline,
    QueueKeeper,
    QueueService,
    RecommendationService,
    SameSlotLastWeek,
    StatisticsService,
    SwappingServices,
    SwapService,
)
from navswap.features.traffic.service import TrafficServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

LAPSE_SECONDS = 1.0
"""How often lapsed holds are looked for; the slot of a lapsed hold is free at most so much later."""


def _build(platform: Platform, lower: Services) -> SwappingServices:
    settings, clock = platform.settings, platform.clock
    stations, packs = lower.of(StationsServices).stations, lower.of(PacksServices).packs
    positions = lower.of(PositionsServices).positions
    dependencies = Dependencies(
        settings=settings,
        mongo=platform.mongo,
        clock=clock,
        stations=stations,
        packs=packs,
        geofences=lower.of(GeofencesServices).geofences,
        travel=lower.of(TrafficServices).travel_times,
        queue=QueueKeeper(clock, stations, packs, settings.promised_soc_percent),
        presence=Presence(settings, clock, positions),
        forecaster=SameSlotLastWeek(),
        estimator=QueueingBaseline(),
    )
    return SwappingServices(
        queues=QueueService(stations),
        holds=HoldService(dependencies),
        moves=MoveService(dependencies, lower.of(CreditsServices).credits),
        swaps=SwapService(dependencies, QrTokens(settings)),
        recommendations=RecommendationService(dependencies),
        statistics=StatisticsService(),
    )


def _schedule(own: SwappingServices) -> Sequence[Scheduled]:
    return [Scheduled(LAPSE_SECONDS, own.holds.lapse_due, "lapse_holds")]


SLICE = Slice(
    name="swapping",
    services=SwappingServices,
    build=_build,
    topic="swapping",
    documents=(QueueEntry, Swap),
    reactions=lambda own: reactions(own.holds, own.moves),
    schedule=_schedule,
    query=(SwappingQuery, BonusQuery),
    mutation=(SwappingMutation,),
    subscription=(SwappingSubscription,),
    nodes=(QueueEntryNode, SwapNode),
)
