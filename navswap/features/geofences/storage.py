"""The fences that are watched."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, IndexModel, UpdateOne

from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.visits import FenceState, Settled
from navswap.features.geofences.domain.watches import Watch
from navswap.infra.mongo import Session, Stored
from navswap.kit.geo import Point

FORGET_WATCH_AFTER_SECONDS = 24 * 3600
"""How long a watch outlives its end, so that points that waited in Kafka still find it."""


class FenceWatch(Stored):
    """A fence that is watched for one subject from `since` to `until`; its id is that of who wanted it.

    `state` is a checkpoint: with the points of the GPS log since `settled_until` (milliseconds since 1970) it
    gives the present state. `revision` grows with every write, and a write names the revision it started from.
    """

    subject_id: str
    place_id: str
    longitude: float
    latitude: float
    radius_metres: float
    since: datetime
    until: datetime
    state: dict[str, Any]
    revision: int = 1

    class Settings:
        name = "fence_watches"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("subject_id", ASCENDING), ("until", ASCENDING)], name="subject"),
            IndexModel([("until", ASCENDING)], name="forget", expireAfterSeconds=FORGET_WATCH_AFTER_SECONDS),
        ]

    @classmethod
    async def put(cls, watch: Watch, session: Session) -> None:
        """Begin a watch; one of the same id begins anew, so that a change that is under way misses it."""
        values = {
            "subject_id": watch.subject_id,
            "place_id": watch.place_id,
            "longitude": watch.fence.centre.longitude,
            "latitude": watch.fence.centre.latitude,
            "radius_metres": watch.fence.radius_metres,
            "since": watch.since,
            "until": watch.until,
            "state": _checkpoint(watch.checkpoint),
        }
        await cls.collection().update_one(
            {"_id": watch.id}, {"$set": values, "$inc": {"revision": 1}}, upsert=True, session=session
        )

    @classmethod
    async def remove(cls, watch_id: str, session: Session) -> None:
        """End a watch; one that has ended stays so."""
        await cls.collection().delete_one({"_id": watch_id}, session=session)

    @classmethod
    async def list_of_subjects(cls, subject_ids: Sequence[str], ending_after: datetime) -> list[Watch]:
        """Return the watches of some subjects that had not ended at a moment."""
        found = cls.collection().find(
            {"subject_id": {"$in": list(subject_ids)}, "until": {"$gte": ending_after}}
        )
        return [read_watch(document) for document in await found.to_list()]

    @classmethod
    async def list_by_ids(cls, watch_ids: Sequence[str]) -> list[Watch]:
        """Return the watches that there are."""
        found = cls.collection().find({"_id": {"$in": list(watch_ids)}})
        return [read_watch(document) for document in await found.to_list()]

    @classmethod
    async def move(cls, watch: Watch, state: FenceState, session: Session) -> bool:
        """Write a checkpoint unless the watch was changed or ended since it was read; tells whether it was."""
        written = await cls.collection().update_one(*_step(watch, state), session=session)
        return written.matched_count == 1

    @classmethod
    async def move_many(cls, moves: Sequence[tuple[Watch, FenceState]]) -> bool:
        """Write checkpoints as `move` does, in one request; tells whether all were written."""
        steps = [UpdateOne(*_step(watch, state)) for watch, state in moves]
        written = await cls.collection().bulk_write(steps, ordered=False)
        return written.matched_count == len(moves)


def read_watch(document: Mapping[str, Any]) -> Watch:
    """Return a stored watch as the rules take it."""
    state = document["state"]
    settled = Settled(state["is_present"], state["inside_since"], state["outside_since"])
    return Watch(
        id=document["_id"],
        subject_id=document["subject_id"],
        place_id=document["place_id"],
        fence=Fence(Point(document["longitude"], document["latitude"]), document["radius_metres"]),
        since=document["since"],
        until=document["until"],
        checkpoint=FenceState(settled, state["settled_until"], state["is_announced"]),
        revision=document["revision"],
    )


def _step(watch: Watch, state: FenceState) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {"_id": watch.id, "revision": watch.revision},
        {"$set": {"state": _checkpoint(state)}, "$inc": {"revision": 1}},
    )


def _checkpoint(state: FenceState) -> dict[str, Any]:
    return {
        "is_present": state.settled.is_present,
        "inside_since": state.settled.inside_since,
        "outside_since": state.settled.outside_since,
        "settled_until": state.settled_until,
        "is_announced": state.is_announced,
    }
