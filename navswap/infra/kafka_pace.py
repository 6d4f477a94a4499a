"""How often a consumer asks the embedded broker while nothing comes.

The embedded broker holds every fetch for its whole time, so that it gets a short one; a dozen idle consumers would ask it
500 times a second, and a quarter of a core would go into nothing. A real Kafka answers a fetch when a message comes: there
no consumer is paced.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError

from navswap.infra.arrivals import Arrivals

LOOK_SECONDS: Final = 1.0
IDLE_LOOKS: Final = 3
"""After so many looks at which nothing new had come a consumer is idle."""
NAP_SECONDS: Final = 1.0
"""How long an idle consumer that is woken asks for nothing; for what another process sends."""
PART_OF_A_FETCH: Final = 0.5
"""After such a part of a fetch the next nap begins: the fetch has been sent by then, and no other will follow it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What an idle consumer may wait, and what wakes it.

    `idle_fetch_wait_milliseconds` is how long a fetch of it is held. With `arrivals` it naps instead: it asks for nothing until
    something is announced, and every second.
    """

    idle_fetch_wait_milliseconds: int = 150
    arrivals: Arrivals | None = None


SOON: Final = Pace()
"""For what a client waits for, and other processes send."""
LATER: Final = Pace(idle_fetch_wait_milliseconds=500)
"""For what serves as well half a second later, once nothing has come for a while."""


async def keep_pace(
    consumer: AIOKafkaConsumer, topics: Sequence[str], pace: Pace, fetch_wait_milliseconds: int
) -> None:
    """Let the consumer ask less often while nothing comes, until cancelled."""
    arrivals = pace.arrivals or Arrivals()
    with arrivals.follow(topics) as arrived:
        seen, idle_looks = None, 0
        while True:
            look = await _look(consumer)
            if look is None or seen is None or look.read != seen.read:
                idle_looks = 0
            elif (
                look.answered_at > seen.answered_at
            ):  # else it says nothing new, for no fetch has been answered since
                idle_looks += 1
            seen = look
            if idle_looks < IDLE_LOOKS:
                _hold_fetches(consumer, fetch_wait_milliseconds)
                await asyncio.sleep(LOOK_SECONDS)
            elif pace.arrivals is None:
                _hold_fetches(consumer, pace.idle_fetch_wait_milliseconds)
                await asyncio.sleep(LOOK_SECONDS)
            elif await _nap(consumer, arrived):
                idle_looks = 0
                await asyncio.sleep(LOOK_SECONDS)
            else:
                await asyncio.sleep(PART_OF_A_FETCH * fetch_wait_milliseconds / 1000)


class _Look(NamedTuple):
    read: int
    """Messages that lie behind the consumer."""
    answered_at: int
    """When the broker last answered of the partition that it answered of first, in Unix milliseconds."""


async def _look(consumer: AIOKafkaConsumer) -> _Look | None:
    """Look how far the consumer has read; None where it has messages before it, or does not know."""
    newest = {partition: consumer.highwater(partition) for partition in consumer.assignment()}
    answered = [consumer.last_poll_timestamp(partition) or 0 for partition in newest]
    read = 0
    try:
        for partition, behind_last in newest.items():
            if behind_last is None or (position := await consumer.position(partition)) < behind_last:
                return None
            read += position
    except IllegalStateError:  # the partition has just gone to another member of the group
        return None
    return _Look(read, min(answered)) if answered else None


async def _nap(consumer: AIOKafkaConsumer, arrived: asyncio.Event) -> bool:
    """Let the consumer ask for nothing until something is announced, or for a second; return whether it was."""
    consumer.pause(*consumer.assignment())
    try:
        async with asyncio.timeout(NAP_SECONDS):
            await arrived.wait()
    except TimeoutError:
        return False
    else:
        return True
    finally:
        arrived.clear()
        consumer.resume(*consumer.paused())


def _hold_fetches(consumer: AIOKafkaConsumer, milliseconds: int) -> None:
    fetcher = consumer._fetcher  # noqa: SLF001 - aiokafka offers no way to change the wait of a consumer that runs
    fetcher._fetch_max_wait_ms = milliseconds  # noqa: SLF001 - as above
