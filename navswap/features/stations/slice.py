"""The manifest of stations."""

from navswap.features.stations.graphql import Station as StationNode
from navswap.features.stations.graphql import StationsMutation, StationsQuery, StationsSubscription
from navswap.features.stations.service import (
    ContactService,
    StationService,
    StationsServices,
    StoredStationReader,
)
from navswap.features.stations.storage import StationDocument, StationLink
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> StationsServices:
    stations = StationService(platform.mongo, platform.clock, platform.outbox, platform.audit_log)
    return StationsServices(reader=StoredStationReader(), stations=stations, contacts=ContactService())


SLICE = Slice(
    name="stations",
    services=StationsServices,
    build=_build,
    topic="stations",
    documents=(StationDocument, StationLink),
    query=(StationsQuery,),
    mutation=(StationsMutation,),
    subscription=(StationsSubscription,),
    nodes=(StationNode,),
)
