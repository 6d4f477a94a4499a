"""What a process has itself sent to Kafka: its own consumers need not ask the broker again and again for it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Arrivals:
    """Wakes the consumers of a process when its producer has sent something to their topics.

    It is a hint and no more: what other processes send is not announced, so that a consumer looks by itself as well.
    """

    def __init__(self) -> None:
        self._followed: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def announce(self, topics: Iterable[str]) -> None:
        """Set the events of those who follow the topics; called once the broker has the messages."""
        for topic in topics:
            for arrived in self._followed.get(topic, ()):
                arrived.set()

    @contextmanager
    def follow(self, topics: Iterable[str]) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever something has been sent to one of the topics; the follower clears it."""
        arrived, followed = asyncio.Event(), tuple(topics)
        for topic in followed:
            self._followed[topic].add(arrived)
        try:
            yield arrived
        finally:
            for topic in followed:
                self._followed[topic].discard(arrived)
                if not self._followed[topic]:
                    del self._followed[topic]
