"""Whatever is appended, flushed, lost and appended again: the archive returns each event once, as it was known first."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from navswap import features
from navswap.events.archive import ArchiveError, ArchiveRecord, ArchiveWriter
from navswap.events.archive.layout import list_parts
from navswap.events.archive.reader import read_events, read_station_status
from navswap.events.archive.records import recorded_milliseconds
from navswap.events.archive.stores import FolderStore
from navswap.events.envelope import Envelope
from navswap.events.payloads import dump_fact, read_fact
from navswap.features.stations.domain.values import ModelStock, StationState, Status, Stock
from navswap.features.stations.events import StationChanged
from navswap.kit.clock import ManualClock, epoch_milliseconds
from navswap.kit.facts import Fact
from navswap.kit.ids import TimeOrderedIds

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


def a_record(
    number: int, *, minutes: int = 0, topic: str = "swapping", known_minutes: int = 0
) -> ArchiveRecord:
    """Return a record that says by its number what it is."""
    occurred_ms = epoch_milliseconds(MIDNIGHT) + minutes * 60_000
    return ArchiveRecord(
        topic=topic,
        event_id=f"event-{number:05d}",
        type=f"{topic}.thing.happened",
        key=f"key-{number % 3}",
        occurred_ms=occurred_ms,
        known_ms=occurred_ms + known_minutes * 60_000,
        payload=f'{{"number":{number}}}',
    )


def rows(root: Path, topic: str = "swapping", **wanted: Any) -> list[tuple[str, datetime, datetime, str]]:
    """Return id, both times and payload of what the archive returns."""
    frame = read_events(root, topic, **wanted).select("event_id", "occurred_at", "known_at", "payload")
    return frame.collect().rows()


def as_rows(records: list[ArchiveRecord]) -> list[tuple[str, datetime, datetime, str]]:
    """Return what the archive has to return of records."""
    ordered = sorted(records, key=lambda record: (record.occurred_ms, record.event_id))
    return [
        (
            record.event_id,
            datetime.fromtimestamp(record.occurred_ms / 1000, UTC),
            datetime.fromtimestamp(record.known_ms / 1000, UTC),
            record.payload,
        )
        for record in ordered
    ]


class FailingStore(FolderStore):
    """A folder whose disk is full at some of its writes."""

    def __init__(self, root: Path, failing: set[int]) -> None:
        super().__init__(root)
        self._failing = failing
        self._writes = 0

    def put(self, path: str, content: bytes) -> None:
        """Write, or raise as a full disk does."""
        self._writes += 1
        if self._writes in self._failing:
            raise ArchiveError("No space left on device")
        super().put(path, content)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    minutes=st.lists(st.tuples(st.integers(-2000, 2000), st.integers(0, 300)), min_size=1, max_size=25),
    cuts=st.lists(st.tuples(st.integers(0, 24), st.sampled_from(["flush", "crash", "fail"])), max_size=8),
    failing=st.sets(st.integers(1, 20), max_size=4),
)
def test_whatever_is_lost_and_delivered_again_each_event_is_returned_once(
    minutes: list[tuple[int, int]], cuts: list[tuple[int, str]], failing: set[int]
) -> None:
    records = [
        a_record(number, minutes=at, topic=("swapping", "faults")[number % 2], known_minutes=later)
        for number, (at, later) in enumerate(minutes)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = FailingStore(Path(folder), failing)
        writer, committed = ArchiveWriter(store, flush_rows=10), 0
        for position, event in [*sorted(cuts), (len(records), "flush")]:
            for record in records[committed:position]:
                _until_it_works(writer, [record])
            if event == "crash":  # what was read since the last commit is read again by another process
                writer = ArchiveWriter(store, flush_rows=10)
                continue
            _until_it_works(writer)
            if event == "flush":  # otherwise the process ends between the write and the commit
                committed = max(committed, min(position, len(records)))
        assert writer.rows == 0
        for topic in ("swapping", "faults"):
            wanted = [record for record in records if record.topic == topic]
            assert rows(Path(folder), topic) == as_rows(wanted)


def _until_it_works(writer: ArchiveWriter, records: list[ArchiveRecord] | None = None) -> None:
    """Append or flush; a flush that fails is tried again, with nothing appended twice."""
    try:
        writer.append(records or [])
        if records is None:
            writer.flush()
    except ArchiveError:
        while writer.rows:
            try:
                writer.flush()
            except ArchiveError:
                continue


def test_of_an_event_that_came_twice_the_first_knowledge_counts(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path)
    first, again = a_record(1, known_minutes=3), a_record(1, known_minutes=900)
    for record in (again, first, again):
        writer.append([record])
        writer.flush()
    assert rows(tmp_path) == as_rows([first])


def test_a_batch_that_is_written_twice_is_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        writer = ArchiveWriter(tmp_path)
        writer.append([a_record(1), a_record(2, minutes=1)])
        assert writer.flush() == 2
    [part] = list_parts(FolderStore(tmp_path))
    assert part.path.startswith("topic=swapping/date=2026-03-03/part-000000000-000100000-")


def test_a_frame_as_of_a_moment_holds_only_what_was_known_by_then(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path)
    writer.append([a_record(1, known_minutes=1), a_record(2, known_minutes=120)])
    writer.flush()
    known = rows(tmp_path, known_by=MIDNIGHT + timedelta(minutes=60))
    assert [event_id for event_id, *_ in known] == ["event-00001"]


def test_a_window_reads_only_the_days_that_it_touches(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path)
    writer.append(a_record(number, minutes=number * 720) for number in range(10))
    writer.flush()
    since, until = MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=2)
    assert [event_id for event_id, *_ in rows(tmp_path, since=since, until=until)] == [
        "event-00002",
        "event-00003",
    ]
    plan = read_events(tmp_path, "swapping", since, until).explain()
    assert "2026-03-04" in plan
    assert "2026-03-03" not in plan


def test_an_archive_that_holds_nothing_is_an_empty_frame(tmp_path: Path) -> None:
    assert rows(tmp_path / "none") == []
    assert read_station_status(tmp_path).collect().is_empty()


def test_a_draft_that_a_crash_left_is_no_part_of_the_archive(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path)
    writer.append([a_record(1)])
    writer.flush()
    [part] = list_parts(FolderStore(tmp_path))
    whole = (tmp_path / part.path).read_bytes()
    (tmp_path / part.path).with_name(f".{Path(part.path).name}.12345678.draft").write_bytes(whole[:40])
    assert rows(tmp_path) == as_rows([a_record(1)])


def test_a_folder_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("this is a file, so there can be no folder")
    writer = ArchiveWriter(tmp_path / "archive")
    writer.append([a_record(1)])
    with pytest.raises(ArchiveError, match="cannot be written"):
        writer.flush()
    assert writer.rows == 1
    (tmp_path / "archive").unlink()
    assert writer.flush() == 1
    assert rows(tmp_path / "archive") == as_rows([a_record(1)])


def test_the_status_of_a_station_is_a_table_of_its_own(tmp_path: Path) -> None:
    stock = Stock(4, 1, 2, 3, 5, 6)
    status = Status(
        last_reported=MIDNIGHT,
        state=StationState.CLOSED,
        stock=stock,
        stock_by_model=(ModelStock("small", stock), ModelStock("large", Stock())),
        queue_length=7,
    )
    fact = StationChanged("st-1", 9, status)
    known_at = MIDNIGHT + timedelta(seconds=2)
    record = ArchiveRecord.of(fact, event_id="a", occurred_at=MIDNIGHT, known_at=known_at)
    writer = ArchiveWriter(tmp_path)
    writer.append([record, replace(record, event_id="b", type="stations.station.closed", payload="{}")])
    writer.flush()
    counts = {"charged": 4, "held": 1, "charging": 2, "faulty": 3, "blocked": 5, "empty_slots": 6}
    assert read_station_status(tmp_path).collect().to_dicts() == [
        {
            "event_id": "a",
            "station_id": "st-1",
            "revision": 9,
            "state": "CLOSED",
            **counts,
            "queue_length": 7,
            "by_model": [{"model_id": "small", **counts}, {"model_id": "large", **dict.fromkeys(counts, 0)}],
            "occurred_at": MIDNIGHT,
            "known_at": known_at,
        }
    ]
    assert [event_id for event_id, *_ in rows(tmp_path, "stations")] == ["a", "b"]


def test_an_event_of_the_outbox_became_known_when_the_outbox_recorded_it() -> None:
    clock = ManualClock(MIDNIGHT)
    recorded = TimeOrderedIds(clock).new()
    assert recorded_milliseconds(recorded) == epoch_milliseconds(MIDNIGHT)
    envelope = Envelope(
        id=recorded,
        type="faults.fault.raised",
        topic="faults",
        key="st-1",
        streams={},
        occurred_at=MIDNIGHT - timedelta(minutes=5),
        correlation_id="c",
        payload={"a": 1},
    )
    published_ms = epoch_milliseconds(MIDNIGHT + timedelta(hours=1))
    record = ArchiveRecord.of_envelope(envelope, published_ms)
    assert (record.occurred_ms, record.known_ms) == (
        epoch_milliseconds(MIDNIGHT - timedelta(minutes=5)),
        epoch_milliseconds(MIDNIGHT),
    )
    other = ArchiveRecord.of_envelope(envelope.model_copy(update={"id": "another"}), published_ms)
    assert other.known_ms == published_ms


def published() -> list[type[Fact]]:
    """Return every event that a slice publishes."""
    for slice_ in iter_modules(features.__path__, f"{features.__name__}."):
        if find_spec(f"{slice_.name}.events"):
            import_module(f"{slice_.name}.events")
    found = [event for event in _below(Fact) if hasattr(event, "type")]
    return sorted(
        (
            event
            for event in found
            if event.__module__.startswith(features.__name__)
            and getattr(sys.modules[event.__module__], event.__name__) is event
        ),
        key=lambda event: event.type,
    )


def _below(event: type[Any]) -> Iterator[type[Fact]]:
    for below in event.__subclasses__():
        yield below
        yield from _below(below)


KINDS = published()
assert len(KINDS) > 40
VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    datetime: st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
}
"""What JSON can carry."""
for _kind, _strategy in VALUES.items():
    st.register_type_strategy(_kind, _strategy)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.type for kind in KINDS])
@settings(max_examples=3, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_every_event_of_every_slice_comes_back_as_it_was(kind: type[Fact], data: st.DataObject) -> None:
    fact = data.draw(st.from_type(kind))
    with tempfile.TemporaryDirectory() as folder:
        writer = ArchiveWriter(folder)
        writer.append([ArchiveRecord.of(fact, event_id="a", occurred_at=MIDNIGHT)])
        writer.flush()
        [row] = read_events(folder, kind.topic()).collect().to_dicts()
    payload = orjson.loads(row["payload"])
    assert (row["type"], row["key"], row["schema_version"]) == (fact.type, fact.key(), 1)
    assert payload == dump_fact(fact)
    assert dump_fact(read_fact(kind, payload)) == dump_fact(fact)


def test_a_status_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    good = StationChanged("st-1", 1, Status(last_reported=MIDNIGHT))
    record = ArchiveRecord.of(good, event_id="good", occurred_at=MIDNIGHT)
    writer = ArchiveWriter(tmp_path)
    writer.append([record, replace(record, event_id="bad", payload='{"status": [7]}')])
    writer.flush()
    assert [event_id for event_id, *_ in rows(tmp_path, "stations")] == ["bad", "good"]
    assert read_station_status(tmp_path).collect()["event_id"].to_list() == ["good"]
