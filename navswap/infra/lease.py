"""A lease: of several processes only its holder does a piece of scheduled work."""

from datetime import datetime, timedelta

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from navswap.infra.mongo import Database
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id


class Lease:
    """One lease by its name. It saves work; what must not happen twice needs a guard of its own."""

    def __init__(self, database: Database, name: str, clock: Clock, life: timedelta) -> None:
        self._leases = database["leases"]
        self._name = name
        self._clock = clock
        self._life = life
        self._holder = new_id()
        self._held_until: datetime | None = None

    async def take(self) -> bool:
        """Take or renew the lease by one conditional update; False while another process holds it.

        A lease that has most of its time left is not written again: a holder who asks often must cost nothing.
        """
        now = self._clock.now()
        if self._held_until is not None and now < self._held_until - self._life / 2:
            return True
        try:
            held = await self._leases.find_one_and_update(
                {"_id": self._name, "$or": [{"holder": self._holder}, {"until": {"$lte": now}}]},
                {"$set": {"holder": self._holder, "until": now + self._life}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            held = None
        self._held_until = None if held is None else now + self._life
        return held is not None

    async def release(self) -> None:
        """Give the lease up, so that another process need not wait for its end."""
        self._held_until = None
        await self._leases.delete_one({"_id": self._name, "holder": self._holder})
