"""A lease: of several processes only its holder does a piece of scheduled work."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument

from navswap.infra.mongo import Stored
from navswap.kit.ids import new_id


class LeaseDocument(Stored):
    """Who does a piece of work, and until when by the clock of the database server."""

    holder: str
    until: datetime

    class Settings:
        name = "leases"


class Lease:
    """One lease by its name. It saves work; what must not happen twice needs a guard of its own.

    The clock of the database server decides, so that processes whose clocks differ agree on who holds it.
    """

    def __init__(self, name: str, life: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._life = life
        self._monotonic = monotonic
        self._holder = new_id()
        self._good_until: float | None = None

    async def take(self) -> bool:
        """Take or renew the lease by one update; False while another process holds it.

        A lease that has most of its time left is not written again: a holder who asks often must cost nothing.
        """
        asked_at = self._monotonic()
        if self._good_until is not None and asked_at < self._good_until:
            return True
        lease = await LeaseDocument.collection().find_one_and_update(
            {"_id": self._name}, self._claim(), upsert=True, return_document=ReturnDocument.AFTER
        )
        is_held = lease is not None and lease["holder"] == self._holder
        self._good_until = asked_at + self._life.total_seconds() / 2 if is_held else None
        return is_held

    async def release(self) -> None:
        """Give the lease up, so that another process need not wait for its end."""
        self._good_until = None
        await LeaseDocument.collection().delete_one({"_id": self._name, "holder": self._holder})

    def _claim(self) -> list[dict[str, Any]]:
        """Return the update that changes nothing while another holder's time lasts."""
        milliseconds = self._life // timedelta(milliseconds=1)
        until = {"$add": [_NOW, milliseconds]}
        return [
            {
                "$set": {
                    "until": {"$cond": [{"$or": [self._is_mine(), _IS_OVER]}, until, "$until"]},
                    "holder": {"$cond": [{"$or": [self._is_mine(), _IS_OVER]}, self._holder, "$holder"]},
                }
            }
        ]

    def _is_mine(self) -> dict[str, Any]:
        return {"$eq": ["$holder", self._holder]}


_NOW: Final = "$$NOW"
_IS_OVER: Final = {"$lte": ["$until", _NOW]}
"""True of a lease that does not exist, too: what is missing sorts before every date."""
