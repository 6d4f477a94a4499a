"""The manifest of positions."""

from navswap.features.positions.events import POSITIONS
from navswap.features.positions.graphql import (
    PositionsMutation,
    PositionsQuery,
    PositionsSubscription,
    TrailQuery,
)
from navswap.features.positions.service import (
    PositionConsumer,
    PositionHub,
    PositionService,
    PositionsServices,
    TrailService,
)
from navswap.features.positions.service.batches import archived
from navswap.features.positions.storage import GpsLog, LatestPositions
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, lower: Services) -> PositionsServices:
    settings, clock = platform.settings, platform.clock
    users = lower.of(UsersServices).users
    gps_log = GpsLog(platform.mongo.database)
    latest = LatestPositions(settings, platform.redis)
    return PositionsServices(
        positions=PositionService(settings, clock, platform.producer, latest, gps_log, users),
        hub=PositionHub(settings, clock),
        consumer=PositionConsumer(settings, clock, gps_log),
        trails=TrailService(gps_log, users),
        point_log=gps_log,
    )


async def _prepare(platform: Platform) -> None:
    """Create the time series of points, which Beanie does not know."""
    await GpsLog(platform.mongo.database).prepare(platform.settings.gps_retention_days)


SLICE = Slice(
    name="positions",
    services=PositionsServices,
    build=_build,
    raw_topics=(POSITIONS,),
    archived={POSITIONS: archived},
    prepare=_prepare,
    worker_jobs=lambda own: [own.consumer.run()],
    replayable=lambda own: [own.consumer],
    web_jobs=lambda own: [own.hub.run()],
    query=(PositionsQuery, TrailQuery),
    mutation=(PositionsMutation,),
    subscription=(PositionsSubscription,),
)
