"""The tables of the archive as Polars frames; importing this loads Polars."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl
import structlog

from navswap.events.archive.layout import MILLISECONDS_A_DAY, STATION_STATUS, Partition, day_of
from navswap.events.archive.records import PAYLOAD_VERSION

log = structlog.get_logger(__name__)

TIME: Final = pl.Datetime("ms", "UTC")
EVENT_SCHEMA: Final[Mapping[str, Any]] = {
    "event_id": pl.String(),
    "type": pl.String(),
    "key": pl.String(),
    "occurred_at": TIME,
    "known_at": TIME,
    "schema_version": pl.Int16(),
    "payload": pl.String(),
}
"""The columns of every topic."""
_COUNTS: Final = (
    ("charged", "charged_packs"),
    ("held", "held_packs"),
    ("charging", "charging_packs"),
    ("faulty", "faulty_packs"),
    ("blocked", "blocked_packs"),
    ("empty_slots", "empty_slots"),
)
"""The columns of a stock, and the fields of the payload that they hold."""
_MODEL_STOCK: Final = pl.Struct({"model_id": pl.String(), **{name: pl.Int32() for name, _ in _COUNTS}})
STATUS_SCHEMA: Final[Mapping[str, Any]] = {
    "event_id": pl.String(),
    "station_id": pl.String(),
    "revision": pl.Int64(),
    "state": pl.String(),
    **{name: pl.Int32() for name, _ in _COUNTS},
    "queue_length": pl.Int32(),
    "by_model": pl.List(_MODEL_STOCK),
    "occurred_at": TIME,
    "known_at": TIME,
}
"""The columns of the stations' status."""
STATUS_CHANGED: Final = "stations.station.changed"
_STOCK: Final = pl.Struct({field: pl.Int64() for _, field in _COUNTS})
_CHANGE: Final = pl.Struct(
    {
        "station_id": pl.String(),
        "revision": pl.Int64(),
        "status": pl.Struct(
            {
                "state": pl.String(),
                "stock": _STOCK,
                "stock_by_model": pl.List(pl.Struct({"model_id": pl.String(), "stock": _STOCK})),
                "queue_length": pl.Int64(),
            }
        ),
    }
)
ROW_GROUP: Final = 100_000
"""Rows of a row group: what a reader skips by its statistics."""


def schema_of(topic: str) -> Mapping[str, Any]:
    """Return the columns of a topic."""
    return STATUS_SCHEMA if topic == STATION_STATUS else EVENT_SCHEMA


def events_frame(columns: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Return rows of a topic, given as one list for each of id, type, key, both times (ms) and payload."""
    ids, types, keys, occurred, known, payloads = columns
    frame = pl.DataFrame(
        {
            "event_id": ids,
            "type": types,
            "key": keys,
            "occurred_at": occurred,
            "known_at": known,
            "payload": payloads,
        },
        schema_overrides={"occurred_at": pl.Int64, "known_at": pl.Int64},
    )
    version = pl.lit(PAYLOAD_VERSION, dtype=pl.Int16).alias("schema_version")
    return frame.with_columns(version).select(pl.col(name).cast(kind) for name, kind in EVENT_SCHEMA.items())


def status_frame(events: pl.DataFrame) -> pl.DataFrame:
    """Return the stations' status that the events of the topic `stations` hold; one that cannot be read is left out."""
    changes = events.filter(pl.col("type") == STATUS_CHANGED)
    try:
        return _decoded(changes)
    except pl.exceptions.PolarsError:
        return pl.concat([_decoded(changes.clear()), *_decoded_one_by_one(changes)])


def _decoded_one_by_one(changes: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for row in changes.iter_slices(1):
        try:
            yield _decoded(row)
        except pl.exceptions.PolarsError as error:
            log.warning("station_status_not_archived", event_id=row["event_id"][0], error=str(error)[:200])


def _decoded(changes: pl.DataFrame) -> pl.DataFrame:
    change = pl.col("payload").str.json_decode(dtype=_CHANGE)
    status = pl.col("change").struct.field("status")
    stock = status.struct.field("stock")
    by_model = status.struct.field("stock_by_model").list.eval(
        pl.struct(
            pl.element().struct.field("model_id"),
            *(pl.element().struct.field("stock").struct.field(field).alias(name) for name, field in _COUNTS),
        )
    )
    return changes.with_columns(change.alias("change")).select(
        "event_id",
        pl.col("change").struct.field("station_id"),
        pl.col("change").struct.field("revision"),
        status.struct.field("state"),
        *(stock.struct.field(field).cast(pl.Int32).alias(name) for name, field in _COUNTS),
        status.struct.field("queue_length").cast(pl.Int32),
        by_model.cast(pl.List(_MODEL_STOCK)).alias("by_model"),
        "occurred_at",
        "known_at",
    )


def ordered_once(frame: pl.DataFrame) -> pl.DataFrame:
    """Return each event once, by time; of one that came twice, as it was known first."""
    return (
        frame.sort("known_at", maintain_order=True)
        .unique("event_id", keep="first", maintain_order=True)
        .sort("occurred_at", "event_id")
    )


def by_day(topic: str, frame: pl.DataFrame) -> Iterator[tuple[Partition, pl.DataFrame]]:
    """Yield the rows of each day, the oldest day first."""
    numbered = frame.with_columns((pl.col("occurred_at").cast(pl.Int64) // MILLISECONDS_A_DAY).alias("day"))
    for rows in numbered.partition_by("day", maintain_order=False):
        number: int = rows["day"][0]
        yield Partition(topic, day_of(number * MILLISECONDS_A_DAY)), rows.drop("day")


def part_path(partition: Partition, rows: pl.DataFrame) -> str:
    """Return the path of the file of some rows of a partition, which are in order."""
    times = rows["occurred_at"].cast(pl.Int64)
    known = rows["known_at"].cast(pl.Int64)
    identities = (rows["event_id"] + "@" + known.cast(pl.String)).to_list()
    return partition.part(times[0], times[-1], identities)


def to_parquet(rows: pl.DataFrame) -> bytes:
    """Return a Parquet file: Zstandard, statistics of every column, row groups of 100,000."""
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd", statistics="full", row_group_size=ROW_GROUP)
    return buffer.getvalue()
