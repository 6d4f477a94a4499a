"""Members of staff in MongoDB."""

from collections.abc import Sequence
from typing import ClassVar

from pymongo import ASCENDING, IndexModel, UpdateOne

from navswap.features.staffing.domain.values import StaffMember
from navswap.infra.mongo import Stored
from navswap.infra.repository import PageOf, Repository

KEPT = ("_id", "sequence", "revision")
"""What the roster does not say of a member that is known."""


class StaffMemberDocument(Stored):
    """Where members of staff are; the fields are those of `StaffMember`."""

    class Settings:
        name = "staff_members"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("home_station_id", ASCENDING)], name="home")]


class StaffMembers(Repository[StaffMember]):
    """The roster: some hundred members, which decisions read as a whole."""

    document = StaffMemberDocument
    value = StaffMember

    @classmethod
    async def list_all(cls) -> list[StaffMember]:
        """Return all members, by id."""
        return await cls.list_where({})

    @classmethod
    async def list_at_home(cls, station_ids: Sequence[str]) -> list[StaffMember]:
        """Return the members whose shifts begin at some stations, by id."""
        return await cls.list_where({"home_station_id": {"$in": list(station_ids)}})

    @classmethod
    async def list_pages_by_id(
        cls, pages: Sequence[tuple[str | None, str | None, int]]
    ) -> list[list[StaffMember]]:
        """Return pages of members by id: of one station or of all, past an id, so many."""
        return await cls.list_pages(
            [
                PageOf({} if home is None else {"home_station_id": home}, last, limit, is_newest_first=False)
                for home, last, limit in pages
            ]
        )

    @classmethod
    async def save_all(cls, members: Sequence[StaffMember]) -> int:
        """Store members, or renew what the roster says of those there, in one command; returns how many changed.

        Their streams go on from where they are.
        """
        if not members:
            return 0
        stored = [cls.to_stored(member) for member in members]
        written = await cls.collection().bulk_write(
            [
                UpdateOne(
                    {"_id": fields["_id"]},
                    {
                        "$set": {name: value for name, value in fields.items() if name not in KEPT},
                        "$setOnInsert": {"sequence": fields["sequence"], "revision": fields["revision"]},
                    },
                    upsert=True,
                )
                for fields in stored
            ]
        )
        return int(written.upserted_count + written.modified_count)
