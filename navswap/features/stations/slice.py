"""The manifest of stations."""

from navswap.features.stations.graphql import Station as StationNode
from navswap.features.stations.graphql import StationsMutation, StationsQuery, StationsSubscription
from navswap.features.stations.service import (
    BrokenHolds,
    ContactService,
    StationReadModel,
    StationService,
    StationsServices,
    StoredStationReader,
)
from navswap.features.stations.storage import StationDocument, StationLink
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> StationsServices:
    broken_holds = BrokenHolds()
    reader = StationReadModel(StoredStationReader(), platform.hub, platform.clock)
    return StationsServices(
        reader=reader,
        stations=StationService(
            platform.mongo,
            platform.clock,
            platform.outbox,
            platform.audit_log,
            broken_holds,
            reader.take_over,
        ),
        contacts=ContactService(),
        broken_holds=broken_holds,
    )


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
    web_jobs=lambda own: [own.reader.run()],
)
