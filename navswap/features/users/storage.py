"""Users, their sessions and vehicles in MongoDB."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pymongo import ASCENDING, IndexModel

from navswap.features.users.domain.accounts import normal_email
from navswap.features.users.domain.values import SignInSession, User, Vehicle
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository
from navswap.kit.roles import Role


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
        ]


class Sessions(Repository[SignInSession]):
    """The sessions that have not expired."""

    document = SessionDocument
    value = SignInSession


class VehicleDocument(Stored):
    """Where vehicles are; the fields are those of `Vehicle`."""

    class Settings:
        name = "vehicles"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("rider_id", ASCENDING)], name="one_a_rider", unique=True)
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
