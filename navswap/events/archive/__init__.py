"""The archive: what has happened, as Parquet by topic and day, with when each fact became known (`docs/archive.md`).

One format for what production records and for what the twin records. Writing and reading load Polars when they begin,
so that importing this package costs nothing.
"""

from navswap.events.archive.errors import ArchiveError
from navswap.events.archive.layout import STATION_STATUS
from navswap.events.archive.records import ArchiveRecord
from navswap.events.archive.writer import ArchiveWriter

__all__ = ["STATION_STATUS", "ArchiveError", "ArchiveRecord", "ArchiveWriter"]
