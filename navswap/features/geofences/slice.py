"""The manifest of geofences."""

from navswap.features.geofences.reactions import VisitHandler
from navswap.features.geofences.service import GeofenceService, GeofencesServices, VisitTracker
from navswap.features.geofences.storage import FenceWatchDocument
from navswap.features.positions.service import PositionsServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, lower: Services) -> GeofencesServices:
    positions = lower.of(PositionsServices)
    visits = VisitTracker(platform.mongo, platform.clock, platform.outbox, positions.point_log)
    positions.consumer.add_handler(VisitHandler(visits))
    return GeofencesServices(geofences=GeofenceService(platform.clock), visits=visits)


SLICE = Slice(
    name="geofences",
    services=GeofencesServices,
    build=_build,
    topic="geofences",
    documents=(FenceWatchDocument,),
)
