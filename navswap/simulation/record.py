"""Records a run as an archive, in the format in which production records."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from navswap.events.archive.maintenance import compact
from navswap.events.archive.records import ArchiveRecord
from navswap.events.archive.writer import ArchiveWriter
from navswap.kit.clock import ManualClock
from navswap.kit.facts import Fact
from navswap.kit.ids import TimeOrderedIds
from navswap.simulation.draws import Draws, Purpose


class Recording:
    """Takes the facts of a run; event ids repeat for the same seed, so that recording twice adds nothing.

    Most facts are known to the network when they become true: the twin's stations report at once.
    """

    def __init__(self, root: str | Path, seed: int, start: datetime) -> None:
        self._root = root
        self._writer = ArchiveWriter(root)
        self._clock = ManualClock(start)
        self._draws, self._drawn = Draws(seed), 0
        self._ids = TimeOrderedIds(self._clock, self._bits)

    def __call__(self, facts: Sequence[Fact], moment: datetime, known: datetime) -> None:
        """Add facts that became true at one time and were known at another, which never goes back."""
        if not facts:
            return
        self._clock.advance(max(known, self._clock.now()) - self._clock.now())
        self._writer.append(
            [
                ArchiveRecord.of(fact, event_id=self._ids.new(), occurred_at=moment, known_at=known)
                for fact in facts
            ]
        )

    def close(self) -> int:
        """Write what is left, make each past day one file, and return how many records were written last."""
        written = self._writer.flush()
        compact(self._root, None)
        return written

    def _bits(self, count: int) -> int:
        self._drawn += 1
        return int(self._draws.uniform(Purpose.EVENT_ID, self._drawn) * (1 << 53)) % (1 << count)
