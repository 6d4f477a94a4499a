"""What notices store."""

from datetime import datetime
from typing import ClassVar

from pymongo import IndexModel

from navswap.infra.mongo import Session, Stored


class Notice(Stored):
    """A notice; `number` counts them from 1 and is taken once only."""

    text: str
    number: int
    posted_at: datetime
    author_id: str
    author: str

    class Settings:
        name = "notices"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("number", 1)], name="number", unique=True)]

    @classmethod
    async def last_number(cls, session: Session | None = None) -> int:
        """Return the number of the newest notice, 0 where there is none."""
        newest = await cls.collection().find_one({}, sort=[("number", -1)], session=session)
        return 0 if newest is None else int(newest["number"])
