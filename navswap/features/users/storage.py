"""Users, their sessions and vehicles in MongoDB."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ClassVar, Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.users.domain.accounts import normal_email
from navswap.features.users.domain.values import SignInSession, User, Vehicle
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository
from navswap.kit.roles import Role

QUIET_MILLISECONDS: Final = 10_000
"""After which the database says that no session has ended, and is asked on; one that ends it reports at once."""


class UserDocument(Stored):
    """Where users are; the fields are those of `User`."""

    class Settings:
        name = "users"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("email", ASCENDING)], name="email", unique=True),
            IndexModel([("role", ASCENDING), ("_id", ASCENDING)], name="role"),
        ]


class Users(Repository[User]):
    """The users; the unique index allows one user an address."""

    document = UserDocument
    value = User

    @classmethod
    async def find_by_email(cls, email: str) -> User | None:
        """Return the user with an address, whatever its case."""
        return await cls.find_where({"email": normal_email(email)})

    @classmethod
    async def list_roles(cls, ids: Sequence[str]) -> dict[str, Role]:
        """Return the roles of users by id, and read nothing else of them."""
        found = cls.collection().find({"_id": {"$in": list(ids)}}, {"role": True})
        return {fields["_id"]: Role(fields["role"]) async for fields in found}


class SessionDocument(Stored):
    """Where sessions are; the fields are those of `SignInSession`."""

    class Settings:
        name = "sessions"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("expires_at", ASCENDING)], name="forget", expireAfterSeconds=0),
            IndexModel([("user_id", ASCENDING)], name="user"),
            IndexModel(
                [("ended_at", ASCENDING)],
                name="ended",
                partialFilterExpression={"ended_at": {"$type": "date"}},
            ),
        ]


class Sessions(Repository[SignInSession]):
    """The sessions that have not expired."""

    document = SessionDocument
    value = SignInSession

    @classmethod
    async def list_open_of_user(cls, user_id: str, session: Session) -> list[SignInSession]:
        """Return the sessions of a user that have not ended."""
        return await cls.list_where({"user_id": user_id, "ended_at": None}, session=session)

    @classmethod
    async def list_ended_since(cls, moment: datetime) -> list[str]:
        """Return the ids of the sessions that have ended since a moment."""
        found = cls.collection().find({"ended_at": {"$gte": moment}}, {"_id": True})
        return [fields["_id"] async for fields in found]

    @classmethod
    @asynccontextmanager
    async def watch_ends(cls) -> AsyncIterator[AsyncIterator[str]]:
        """Yield the ids of the sessions that end from now on, each within milliseconds."""
        ended = {"$match": {"updateDescription.updatedFields.ended_at": {"$type": "date"}}}
        watching = await cls.collection().watch([ended], max_await_time_ms=QUIET_MILLISECONDS)
        async with watching as changes:
            yield (change["documentKey"]["_id"] async for change in changes)


class VehicleDocument(Stored):
    """Where vehicles are; the fields are those of `Vehicle`."""

    class Settings:
        name = "vehicles"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("rider_id", ASCENDING)], name="one_a_rider", unique=True),
            IndexModel([("pack_model_id", ASCENDING), ("pack_count", DESCENDING)], name="most_packs"),
        ]


class Vehicles(Repository[Vehicle]):
    """The vehicles of riders; the unique index allows one a rider."""

    document = VehicleDocument
    value = Vehicle

    @classmethod
    async def list_of_riders(
        cls, rider_ids: Iterable[str], session: Session | None = None
    ) -> dict[str, Vehicle]:
        """Return the vehicles by rider; riders without one are left out."""
        found = await cls.list_where({"rider_id": {"$in": list(rider_ids)}}, session=session)
        return {vehicle.rider_id: vehicle for vehicle in found}

    @classmethod
    async def most_packs_by_model(cls) -> dict[str, int]:
        """Return how many packs the vehicle takes that takes the most of a model, by model."""
        most_first = {
            "$sort": {"pack_model_id": 1, "pack_count": -1}
        }  # so that the index answers, an entry a model
        of_model = {"$group": {"_id": "$pack_model_id", "packs": {"$first": "$pack_count"}}}
        found = await cls.collection().aggregate([most_first, of_model])
        return {group["_id"]: int(group["packs"]) async for group in found}
