"""Feeds: live streams of all facts of a kind at one place, counted as they are published.

The stream of an aggregate counts the aggregate's own changes. A control room follows places, at each of which many aggregates
come and go: a fact names its feeds (`Fact.feeds`), and each publication raises their counters in its transaction. Two that
publish to one feed at once conflict there, so that its sequence has no gap and is written in order.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pymongo import ReturnDocument

from navswap.infra.mongo import Session, Stored
from navswap.kit.facts import Fact
from navswap.kit.streams import is_every

_BEHIND_ALL: Final = "\uffff"
"""Sorts behind whatever an id begins with."""


class FeedCounter(Stored):
    """How many facts a feed has had; its id is the name of the feed."""

    sequence: int

    class Settings:
        name = "feed_counters"

    @classmethod
    async def positions(cls, feeds: Sequence[str]) -> dict[str, int]:
        """Return where feeds are, of a whole kind all that have had a fact; another one that never had one is at 0."""
        named = [feed for feed in feeds if not is_every(feed)]
        kinds = [{"_id": {"$gte": kind, "$lt": kind + _BEHIND_ALL}} for kind in feeds if is_every(kind)]
        found = cls.collection().find({"$or": [{"_id": {"$in": named}}, *kinds]})
        known = {counter["_id"]: counter["sequence"] async for counter in found}
        return {**dict.fromkeys(named, 0), **known}

    @classmethod
    async def raise_by(cls, feed: str, facts: int, session: Session) -> int:
        """Count more facts of a feed, and return the sequence of the last one."""
        raised: Any = await cls.collection().find_one_and_update(
            {"_id": feed},
            {"$inc": {"sequence": facts}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return int(raised["sequence"])


async def number(facts: Iterable[Fact], session: Session) -> list[dict[str, int]]:
    """Return the sequences of each of some facts in its feeds, and count them there."""
    named = [fact.feeds() for fact in facts]
    waiting: dict[str, int] = {}
    for feed in (feed for feeds in named for feed in feeds):
        waiting[feed] = waiting.get(feed, 0) + 1
    # In the order of their names, so that two that publish to the same feeds wait for each other and not in a circle.
    next_of = {
        feed: await FeedCounter.raise_by(feed, waiting[feed], session) - waiting[feed] + 1
        for feed in sorted(waiting)
    }
    numbered: list[dict[str, int]] = []
    for feeds in named:
        numbered.append({feed: next_of[feed] for feed in feeds})
        for feed in feeds:
            next_of[feed] += 1
    return numbered
