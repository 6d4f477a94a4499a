"""The manifest of stations."""

from navswap.features.stations.documents import Station
from navswap.features.stations.graphql import Station as StationNode
from navswap.features.stations.graphql import StationsMutation, StationsQuery, StationsSubscription
from navswap.features.stations.service import StationService, StationsServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> StationsServices:
    return StationsServices(stations=StationService(platform.mongo, platform.clock))


SLICE = Slice(
    name="stations",
    services=StationsServices,
    build=_build,
    topic="stations",
    documents=(Station,),
    query=(StationsQuery,),
    mutation=(StationsMutation,),
    subscription=(StationsSubscription,),
    nodes=(StationNode,),
)
