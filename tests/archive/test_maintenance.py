"""Small files of a day become one, old days go, and the archive returns the same before, meanwhile and afterwards."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from navswap.events.archive import ArchiveError, ArchiveRecord, ArchiveWriter
from navswap.events.archive.layout import list_parts
from navswap.events.archive.maintenance import MANY_PARTS, Compacted, compact, forget
from navswap.events.archive.reader import read_events
from navswap.events.archive.stores import FolderStore, ObjectStore, open_store
from navswap.kit.clock import epoch_milliseconds

DAY = datetime(2026, 3, 2, tzinfo=UTC)
NEXT_DAY = DAY + timedelta(days=1, hours=2)


def a_record(number: int, at: datetime = DAY) -> ArchiveRecord:
    occurred_ms = epoch_milliseconds(at) + number * 1000
    return ArchiveRecord("faults", f"event-{number:03d}", "faults.a.b", "k", occurred_ms, occurred_ms, "{}")


def written(root: Path, *batches: list[int], at: datetime = DAY) -> FolderStore:
    """Write each batch of numbers as a file."""
    store = FolderStore(root)
    writer = ArchiveWriter(store)
    for batch in batches:
        writer.append(a_record(number, at) for number in batch)
        writer.flush()
    return store


def numbers(root: Path) -> list[int]:
    frame = read_events(root, "faults").select("event_id").collect()
    return [int(name.removeprefix("event-")) for name in frame["event_id"]]


def test_a_day_that_is_over_becomes_one_file_in_order_and_without_repetition(tmp_path: Path) -> None:
    store = written(tmp_path, [3, 1], [2, 3], [0])
    assert compact(store, NEXT_DAY) == Compacted(merged=3, made=1)
    [part] = list_parts(store)
    assert part.path.startswith("topic=faults/date=2026-03-02/part-000000000-000003000-")
    assert numbers(tmp_path) == [0, 1, 2, 3]
    assert compact(store, NEXT_DAY) == Compacted()


def test_a_day_that_is_not_over_is_left_alone_until_it_has_many_files(tmp_path: Path) -> None:
    store = written(tmp_path, *([number] for number in range(MANY_PARTS - 1)))
    during = DAY + timedelta(days=1, minutes=30)
    assert compact(store, during) == Compacted()
    written(tmp_path, [MANY_PARTS])
    assert compact(store, during) == Compacted(merged=MANY_PARTS, made=1)
    assert numbers(tmp_path) == [*range(MANY_PARTS - 1), MANY_PARTS]


def test_a_file_that_holds_all_of_the_others_takes_their_place(tmp_path: Path) -> None:
    store = written(tmp_path, [1], [1, 2])
    assert compact(store, NEXT_DAY) == Compacted(merged=2, made=1)
    assert len(list_parts(store)) == 1
    assert numbers(tmp_path) == [1, 2]


def test_what_comes_late_is_merged_into_its_day(tmp_path: Path) -> None:
    store = written(tmp_path, [1], [2])
    compact(store, NEXT_DAY)
    written(tmp_path, [0])
    assert numbers(tmp_path) == [0, 1, 2]
    compact(store, NEXT_DAY)
    assert len(list_parts(store)) == 1
    assert numbers(tmp_path) == [0, 1, 2]


class StoppingStore(FolderStore):
    """A folder whose process ends before it deletes."""

    def delete(self, path: str) -> None:
        """Delete nothing."""
        raise ArchiveError(f"the process ended before it deleted {path}")


def test_a_compaction_that_was_broken_off_is_finished_by_the_next(tmp_path: Path) -> None:
    store = written(tmp_path, [1, 2], [3])
    with pytest.raises(ArchiveError):
        compact(StoppingStore(tmp_path), NEXT_DAY)
    assert len(list_parts(store)) == 3
    assert numbers(tmp_path) == [1, 2, 3]
    compact(store, NEXT_DAY)
    assert len(list_parts(store)) == 1
    assert numbers(tmp_path) == [1, 2, 3]


def test_days_before_the_first_that_is_kept_are_deleted_with_their_folders(tmp_path: Path) -> None:
    written(tmp_path, [1])
    store = written(tmp_path, [2], at=DAY + timedelta(days=1))
    assert forget(store, date(2026, 3, 3)) == 1
    assert numbers(tmp_path) == [2]
    assert not (tmp_path / "topic=faults" / "date=2026-03-02").exists()


def test_an_archive_by_a_file_url_is_the_folder(tmp_path: Path) -> None:
    written(tmp_path / "a b", [1])
    frame = read_events((tmp_path / "a b").as_uri(), "faults").collect()
    assert frame["event_id"].to_list() == ["event-001"]


def test_an_object_store_keeps_the_same_archive(tmp_path: Path) -> None:
    """The client of object stores, on the one kind that needs no server; Polars reads what it wrote."""
    (tmp_path / "bucket").mkdir()
    store = ObjectStore((tmp_path / "bucket").as_uri())
    writer = ArchiveWriter(store)
    for batch in ([1, 2], [2, 3]):
        writer.append(a_record(number) for number in batch)
        writer.flush()
    written(tmp_path / "folder", [1, 2], [2, 3])
    folder = FolderStore(tmp_path / "folder")
    assert [part.path for part in list_parts(store, "faults")] == [
        part.path for part in list_parts(folder, "faults")
    ]
    assert read_events(store, "faults").collect().equals(read_events(folder, "faults").collect())
    assert compact(store, NEXT_DAY) == Compacted(merged=2, made=1)
    assert forget(store, date(2026, 3, 3)) == 1
    assert list_parts(store) == []
    store.delete("topic=faults/none.parquet")


def test_a_url_of_an_object_store_opens_nothing_until_it_is_used() -> None:
    assert isinstance(open_store("s3://no-such-bucket/archive"), ObjectStore)
    assert open_store("s3://no-such-bucket/archive/").location("a") == "s3://no-such-bucket/archive/a"
