"""The newest updates of each stream, as the bytes that they came in: for clients that reconnect after a moment.

A network at work has thousands of streams, and most of their updates are never asked for again. So there is a bound for each stream, and
one for all together, at which the oldest is forgotten wherever it belongs; and an update is read only where it is handed out.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from navswap.events.envelope import Envelope


@dataclass(slots=True, eq=False)
class Remembered:
    """An update that is kept: what is looked at to find it, and itself as bytes."""

    id: str
    streams: Mapping[str, int]
    written: bytes
    kept_in: int = 0
    """The streams that still have it."""

    def envelope(self) -> Envelope:
        """Return the update."""
        return Envelope.from_bytes(self.written)


class StreamMemory:
    """The newest updates: at most `of_each` of a stream, and at most `of_all` together."""

    def __init__(self, of_each: int, of_all: int) -> None:
        self._of_each = of_each
        self._of_all = of_all
        self._streams: dict[str, deque[Remembered]] = {}
        self._all: OrderedDict[str, Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, envelope: Envelope, written: bytes) -> list[str]:
        """Remember an update; return its streams to which it is new."""
        update = Remembered(envelope.id, envelope.streams, written)
        fresh = []
        for stream, sequence in envelope.streams.items():
            known = self._streams.get(stream)
            if known and known[-1].streams[stream] >= sequence:
                continue
            if known is None:
                known = self._streams[stream] = deque()
            known.append(update)
            update.kept_in += 1
            if len(known) > self._of_each:
                self._drop_oldest(stream)
            fresh.append(stream)
        if fresh:
            self._all[update.id] = update
        while len(self._all) > self._of_all:
            self._forget(next(iter(self._all.values())))
        return fresh

    def since(self, stream: str, after: int) -> list[Remembered] | None:
        """Return the updates of a stream past a sequence; None when the memory does not reach back so far."""
        known = self._streams.get(stream)
        if not known or known[0].streams[stream] > after + 1:
            return None
        missed = [update for update in known if update.streams[stream] > after]
        sequences = [update.streams[stream] for update in missed]
        return missed if sequences == list(range(after + 1, after + 1 + len(missed))) else None

    def of(self, streams: Iterable[str]) -> list[Remembered]:
        """Return all that is remembered of some streams, each once."""
        known = (update for stream in streams for update in self._streams.get(stream, ()))
        return list({update.id: update for update in known}.values())

    def clear(self) -> None:
        """Forget everything."""
        self._streams.clear()
        self._all.clear()

    def _forget(self, update: Remembered) -> None:
        """Forget the oldest update: it is the oldest of each of its streams, too."""
        for stream in update.streams:
            known = self._streams.get(stream)
            if known and known[0] is update:
                self._drop_oldest(stream)
        self._all.pop(update.id, None)

    def _drop_oldest(self, stream: str) -> None:
        known = self._streams[stream]
        update = known.popleft()
        update.kept_in -= 1
        if update.kept_in == 0:
            self._all.pop(update.id, None)
        if not known:
            del self._streams[stream]
