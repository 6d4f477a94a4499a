"""Staff, their assignments, and the work of stations in MongoDB."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, field_validator
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateOne

from navswap.features.staffing.rules import Shift, Skill
from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source

KEEP_WORK_SECONDS = 2 * 24 * 3600


class WorkingHours(BaseModel):
    """Working hours of each day, local; one that ends at or before it starts ends on the next day."""

    start_hour: int = Field(ge=0, le=23)
    end_hour: int = Field(ge=1, le=24)
    time_zone: str

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, time_zone: str) -> str:
        if time_zone not in available_timezones():
            raise ValueError(f"there is no time zone {time_zone}")
        return time_zone

    def to_shift(self) -> Shift:
        """Return the hours as the rules know them."""
        return Shift(**self.model_dump())


class StaffMember(Stored):
    """Somebody who works at stations; the id is that of the user.

    `sequence` counts the changes of all assignments of the person; it is the sequence of the live stream.
    """

    home_station_id: str
    skills: list[Skill] = Field(min_length=1)
    hours: WorkingHours
    sequence: int = 0

    class Settings:
        name = "staff_members"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("home_station_id", ASCENDING)], name="home")]

    @classmethod
    async def count_change(cls, staff_id: str, session: Session) -> int:
        """Count a change of the person's assignments and return the new sequence; the person must be known."""
        found = await cls.collection().find_one_and_update(
            {"_id": staff_id},
            {"$inc": {"sequence": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        counted: Self = cls.model_validate(found)
        return counted.sequence

    @classmethod
    async def put(cls, member: Self, session: Session) -> Self | None:
        """Store a person, or renew what is known; returns what was known before, None where nothing was."""
        found = await cls.collection().find_one_and_update(
            {"_id": member.id},
            {"$set": member.model_dump(exclude={"id", "sequence"}), "$setOnInsert": {"sequence": 0}},
            upsert=True,
            session=session,
            return_document=ReturnDocument.BEFORE,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def save_all(cls, members: list[Self]) -> int:
        """Store people, or renew what is known of them; returns how many are new or changed."""
        if not members:
            return 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne(
                    {"_id": one.id},
                    {
                        "$set": one.model_dump(exclude={"id", "sequence"}),
                        "$setOnInsert": {"sequence": one.sequence},
                    },
                    upsert=True,
                )
                for one in members
            ]
        )
        return int(written.upserted_count + written.modified_count)


class AssignmentState(StrEnum):
    """The life of an assignment; the first four are active, the others are ends."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    MOVING = "MOVING"
    ARRIVED = "ARRIVED"
    ENDED = "ENDED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


ON_THE_WAY = (AssignmentState.ACCEPTED, AssignmentState.MOVING)
UNDER_WAY = (*ON_THE_WAY, AssignmentState.ARRIVED)
TURNED_DOWN = (AssignmentState.REFUSED, AssignmentState.EXPIRED)


class AssignmentCause(StrEnum):
    """Why an assignment was proposed."""

    WORKLOAD = "WORKLOAD"
    BROKEN_PROMISE = "BROKEN_PROMISE"


class RestedOn(BaseModel):
    """The forecast and the minutes that a proposal rested on."""

    as_of: datetime
    source: Source
    origin_work_minutes: float
    target_work_minutes: float
    target_queue_length: int
    work_minutes: float
    saved_minutes: float
    travel_minutes: float
    fairness_minutes: float
    gain_minutes: float


class StaffAssignment(Stored):
    """A person who is to work at another station than now, and what became of it.

    `active` is true as long as the state is; the unique index on it allows a person one active assignment. `due_at` is
    when the present state ends by itself: the proposal lapses, the way has taken too long, the work there is over.
    """

    staff_id: str
    origin_id: str
    target_id: str
    skill: Skill
    cause: AssignmentCause
    state: AssignmentState = AssignmentState.PROPOSED
    active: bool = True
    proposed_at: datetime
    due_at: datetime
    until: datetime = Field(description="When the work at the target ends")
    accepted_at: datetime | None = None
    moving_at: datetime | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    rested_on: RestedOn
    revision: int = 1

    class Settings:
        name = "staff_assignments"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("staff_id", ASCENDING)],
                name="one_active_assignment",
                unique=True,
                partialFilterExpression={"active": True},
            ),
            IndexModel(
                [("active", ASCENDING), ("state", ASCENDING)],
                name="standing",
                partialFilterExpression={"active": True},
            ),
            IndexModel([("due_at", ASCENDING)], name="due", partialFilterExpression={"active": True}),
            IndexModel([("staff_id", ASCENDING), ("_id", DESCENDING)], name="staff"),
            IndexModel([("target_id", ASCENDING), ("_id", DESCENDING)], name="target"),
            IndexModel(
                [("proposed_at", DESCENDING), ("accepted_at", ASCENDING), ("staff_id", ASCENDING)],
                name="accepted",
            ),
            IndexModel([("state", ASCENDING), ("ended_at", DESCENDING)], name="turned_down"),
        ]

    @classmethod
    async def read(cls, assignment_id: str, session: Session | None = None) -> Self | None:
        """Return an assignment as the transaction sees it."""
        found = await cls.collection().find_one({"_id": assignment_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def count_active(cls) -> dict[AssignmentState, int]:
        """Return how many assignments are in each active state."""
        groups = await cls.collection().aggregate(
            [{"$match": {"active": True}}, {"$group": {"_id": "$state", "assignments": {"$sum": 1}}}]
        )
        return {AssignmentState(group["_id"]): group["assignments"] async for group in groups}

    @classmethod
    async def change(
        cls, assignment_id: str, condition: dict[str, Any], values: dict[str, Any], session: Session
    ) -> Self | None:
        """Change an assignment if it is as `condition` says, in one update; None when it is not."""
        found = await cls.collection().find_one_and_update(
            {"_id": assignment_id, **condition},
            {"$set": values, "$inc": {"revision": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_active(cls) -> list[Self]:
        """Return the active assignments of the network."""
        return await cls.find({"active": True}).to_list()

    @classmethod
    async def count_accepted(cls, since: datetime) -> dict[str, int]:
        """Return how many of the assignments proposed since a moment each person accepted; who none is left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"proposed_at": {"$gte": since}, "accepted_at": {"$ne": None}}},
                {"$group": {"_id": "$staff_id", "times": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["times"] async for group in groups}

    @classmethod
    async def list_turned_down(cls, since: datetime) -> dict[str, set[str]]:
        """Return the stations that each person did not want to go to since a moment; who did is left out."""
        found = cls.collection().find(
            {"state": {"$in": list(TURNED_DOWN)}, "ended_at": {"$gt": since}}, {"staff_id": 1, "target_id": 1}
        )
        stations: dict[str, set[str]] = {}
        async for one in found:
            stations.setdefault(one["staff_id"], set()).add(one["target_id"])
        return stations

    @classmethod
    async def list_due(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of active assignments whose state ends by itself now, longest due first."""
        due = cls.collection().find({"active": True, "due_at": {"$lte": now}}, {"_id": 1})
        return [document["_id"] async for document in due.sort("due_at", ASCENDING).limit(limit)]

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return assignments, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {**wanted, "_id": {"$lt": before}}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()


class StationWork(Stored):
    """Work that came up at a station; the id is that of the swap or the ticket, so it is noted once."""

    station_id: str
    skill: Skill
    at: datetime

    class Settings:
        name = "station_work"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_WORK_SECONDS),
            IndexModel([("at", ASCENDING), ("station_id", ASCENDING), ("skill", ASCENDING)], name="count"),
        ]

    @classmethod
    async def note(cls, work: Self, session: Session) -> None:
        """Note work; noting it again changes nothing."""
        await cls.collection().update_one(
            {"_id": work.id}, {"$setOnInsert": work.model_dump(exclude={"id"})}, upsert=True, session=session
        )

    @classmethod
    async def count_between(cls, start: datetime, end: datetime) -> dict[tuple[str, Skill], int]:
        """Return how much came up in a span, by station and skill; stations without any are left out."""
        groups = await cls.collection().aggregate(cls.count_stages(start, end), hint="count")
        return {
            (group["_id"]["station"], Skill(group["_id"]["skill"])): group["times"] async for group in groups
        }

    @staticmethod
    def count_stages(start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return the stages of `count_between`, which the index `count` serves by itself: an hour may be 72,000 swaps."""
        return [
            {"$match": {"at": {"$gte": start, "$lt": end}}},
            {"$group": {"_id": {"station": "$station_id", "skill": "$skill"}, "times": {"$sum": 1}}},
        ]


class StrainedStation(Stored):
    """A station whose queue breaks its promise; its id is that of the station."""

    queue_length: int

    class Settings:
        name = "strained_stations"

    @classmethod
    async def put(cls, station_id: str, queue_length: int, session: Session) -> None:
        """Note the queue of a station."""
        await cls.collection().update_one(
            {"_id": station_id}, {"$set": {"queue_length": queue_length}}, upsert=True, session=session
        )

    @classmethod
    async def remove(cls, station_id: str, session: Session) -> None:
        """Forget a station whose queue keeps its promise."""
        await cls.collection().delete_one({"_id": station_id}, session=session)
