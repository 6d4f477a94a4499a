"""What a web process remembers of streams: the newest, within bounds, and never with a gap."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from navswap.events.envelope import Envelope
from navswap.events.memory import StreamMemory
from navswap.kit.clock import ManualClock
from navswap.kit.ids import TimeOrderedIds
from tests.conftest import CLOCK_START
from tests.realtime.streams import Counted

OF_EACH, OF_ALL = 3, 7


class Source:
    """Updates in the order in which they are recorded; some are of two streams."""

    def __init__(self) -> None:
        self._clock = ManualClock(CLOCK_START)
        self._ids = TimeOrderedIds(self._clock)
        self.places: dict[str, int] = {}

    def step(self, streams: str) -> Envelope:
        self._clock.advance(timedelta(seconds=1))
        for stream in streams:
            self.places[stream] = self.places.get(stream, 0) + 1
        fact = Counted(counter=streams[0], value=self.places[streams[0]])
        envelope = Envelope.around(fact, self._clock.now(), self._ids.new())
        return envelope.model_copy(update={"streams": {stream: self.places[stream] for stream in streams}})


@given(steps=st.lists(st.sampled_from(["a", "b", "c", "d", "ab", "cd"]), max_size=40))
def test_the_newest_are_remembered_within_bounds_and_without_a_gap(steps: list[str]) -> None:
    source, memory, sent = Source(), StreamMemory(OF_EACH, OF_ALL), list[Envelope]()
    for streams in steps:
        envelope = source.step(streams)
        assert memory.add(envelope, envelope.to_bytes()) == list(streams)
        assert memory.add(envelope, envelope.to_bytes()) == []
        sent.append(envelope)
        assert len(memory) <= OF_ALL
    for stream, newest in source.places.items():
        of_stream = [envelope for envelope in sent if stream in envelope.streams]
        for after in range(newest):
            missed = memory.since(stream, after)
            expected = of_stream[after:]
            if missed is None:
                assert len(expected) > OF_EACH or len(sent) - sent.index(expected[0]) > OF_ALL
            else:
                assert [update.envelope() for update in missed] == expected
    found = {update.id for update in memory.of(source.places)}
    assert len(found) == len(memory)


def test_what_no_stream_has_any_more_is_not_kept() -> None:
    source, memory = Source(), StreamMemory(OF_EACH, of_all=1_000)
    for _ in range(100):
        envelope = source.step("a")
        memory.add(envelope, envelope.to_bytes())
    assert len(memory) == OF_EACH
    memory.clear()
    assert (len(memory), memory.since("a", 99)) == (0, None)
