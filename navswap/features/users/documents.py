"""Users and their sessions in MongoDB."""

from datetime import datetime
from typing import ClassVar, Self

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne

from navswap.auth.roles import Role
from navswap.infra.mongo import Session, Stored


class User(Stored):
    """A person or a machine with one role; `password_hash` None means: no sign-in by password."""

    email: str
    name: str
    role: Role
    password_hash: str | None = None
    created_at: datetime

    class Settings:
        name = "users"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("email", ASCENDING)], name="email", unique=True),
            IndexModel([("role", ASCENDING), ("_id", ASCENDING)], name="role"),
        ]

    @classmethod
    async def find_by_email(cls, email: str) -> Self | None:
        """Return the user with an address, whatever its case."""
        return await cls.find_one({"email": normal_email(email)})

    @classmethod
    async def list_by_ids(cls, ids: list[str]) -> dict[str, Self]:
        """Return users by id."""
        return {user.id: user async for user in cls.find({"_id": {"$in": ids}})}

    @classmethod
    async def list_roles(cls, ids: list[str]) -> dict[str, Role]:
        """Return the roles of users by id, and read nothing else of them."""
        found = cls.collection().find({"_id": {"$in": ids}}, {"role": True})
        return {row["_id"]: Role(row["role"]) async for row in found}

    @classmethod
    async def add_missing(cls, users: list[Self]) -> int:
        """Insert the users that are not there yet; return how many were new. One that exists is left alone."""
        if not users:
            return 0
        written = await cls.collection().bulk_write(
            [
                UpdateOne({"_id": user.id}, {"$setOnInsert": user.model_dump(exclude={"id"})}, upsert=True)
                for user in users
            ],
            ordered=False,
        )
        return int(written.upserted_count)


class SignInSession(Stored):
    """A refresh token family: begins with a sign-in, rotates with each refresh, ends once."""

    user_id: str
    secret_fingerprint: str
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    class Settings:
        name = "sessions"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("expires_at", ASCENDING)], name="forget", expireAfterSeconds=0),
            IndexModel([("user_id", ASCENDING)], name="user"),
        ]

    @classmethod
    async def rotate(
        cls, session_id: str, old: str, new: str, now: datetime, expires_at: datetime
    ) -> Self | None:
        """Replace the fingerprint of the secret in one conditional update; None when `old` is not current."""
        found = await cls.collection().find_one_and_update(
            {"_id": session_id, "secret_fingerprint": old, "ended_at": None, "expires_at": {"$gt": now}},
            {"$set": {"secret_fingerprint": new, "expires_at": expires_at}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def end(cls, session_id: str, now: datetime, session: Session) -> Self | None:
        """End a session; None when there is none or it has ended before."""
        found = await cls.collection().find_one_and_update(
            {"_id": session_id, "ended_at": None},
            {"$set": {"ended_at": now}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if found is None else cls.model_validate(found)


def normal_email(email: str) -> str:
    """Return an address as it is stored: trimmed, lower case."""
    return email.strip().casefold()
