"""Where things stand in an archive: `topic=<topic>/date=<day>/part-<first>-<last>-<digest>.parquet`."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Self

from navswap.events.archive.stores import Store

STATION_STATUS: Final = "stations.status"
"""The table of the stations' status over time; it stands beside the topics, and is derived from `stations`."""
POSITIONS: Final = "positions"
"""The topic of GPS batches."""
MILLISECONDS_A_DAY: Final = 86_400_000
_PART = re.compile(
    r"topic=(?P<topic>[A-Za-z0-9._-]+)/date=(?P<day>\d{4}-\d\d-\d\d)/part-(\d{9})-(\d{9})-[0-9a-f]{16}\.parquet"
)


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A topic on a day in UTC: the records that happened then."""

    topic: str
    day: date

    @property
    def folder(self) -> str:
        """Return its path below the root."""
        return f"topic={self.topic}/date={self.day.isoformat()}"

    def part(self, first_ms: int, last_ms: int, identities: Iterable[str]) -> str:
        """Return the path of a file of these records, each named by its id and when it became known.

        Its name follows from what it holds, so that a batch written again takes the place of itself.
        """
        digest = hashlib.blake2b("\n".join(sorted(identities)).encode(), digest_size=8).hexdigest()
        first, last = first_ms % MILLISECONDS_A_DAY, last_ms % MILLISECONDS_A_DAY
        return f"{self.folder}/part-{_of_day(first)}-{_of_day(last)}-{digest}.parquet"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A file of an archive."""

    partition: Partition
    path: str
    """Below the root."""
    size_bytes: int

    @classmethod
    def read(cls, path: str, size_bytes: int) -> Self | None:
        """Read what a path says; None for a file that is no part of an archive."""
        found = _PART.fullmatch(path)
        if found is None:
            return None
        return cls(Partition(found["topic"], date.fromisoformat(found["day"])), path, size_bytes)


def day_of(milliseconds: int) -> date:
    """Return the day in UTC of a moment in milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).date()


def _of_day(milliseconds: int) -> str:
    """Write a time of day as HHMMSS and three digits of milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}{minute:02d}{second:02d}{rest:03d}"


def list_parts(store: Store, topic: str | None = None) -> list[Part]:
    """Return the files of an archive, or of one topic of it, by topic, day and name."""
    folder = "" if topic is None else f"topic={topic}"
    found = (Part.read(path, size) for path, size in store.files(folder))
    return sorted(part for part in found if part is not None)
