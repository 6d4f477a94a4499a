"""How time passes in the day: a clock that the script moves, the worker's own schedule, facts that are waited for."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from navswap.events.consumer import FactConsumer
from navswap.events.dead_letters import DeadEvent
from navswap.events.handled import HandledEvent
from navswap.events.outbox import OutboxEvent
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from navswap.worker import schedule
from tests.support.waiting import until


class Timetable:
    """The worker's schedule on the clock of the script: what is due by then is done whenever the clock has moved."""

    def __init__(self, runtime: Runtime, clock: ManualClock) -> None:
        self._clock = clock
        self._works = schedule(runtime)
        self._next = {one.name: clock.now() for one in self._works}

    async def pass_by(self, span: timedelta) -> None:
        """Move the clock and do what is due."""
        now = self._clock.advance(span)
        for one in self._works:
            if self._next[one.name] <= now:
                await one.work()
                self._next[one.name] = now + timedelta(seconds=one.seconds)


class Facts:
    """What was published, and how many times slices have to react to it."""

    def __init__(self, consumers: Collection[FactConsumer]) -> None:
        self._reacting = Counter(kind for one in consumers for kind in one._reactions)

    async def drain(self) -> None:
        """Wait until every fact was published, and worked on by every slice that reacts to it."""
        await until(self._left, lambda left: left == 0)

    async def _left(self) -> int:
        outbox = OutboxEvent.collection()
        if pending := await outbox.count_documents({"pending": True}):
            return pending
        kinds = await outbox.aggregate([{"$group": {"_id": "$envelope.type", "events": {"$sum": 1}}}])
        wanted = sum([self._reacting[one["_id"]] * int(one["events"]) async for one in kinds])
        dead = await DeadEvent.collection().count_documents({})
        return wanted - dead - await HandledEvent.collection().count_documents({})
