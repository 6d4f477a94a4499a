"""`navswap archive`: what an archive holds, as a table, as JSON and as CSV."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from navswap.events.archive import ArchiveRecord, ArchiveWriter
from navswap.events.outbox import OutboxEvent
from navswap.events.relay import Relay
from navswap.features.stations.domain.values import ModelStock, Status, Stock
from navswap.features.stations.events import StationChanged
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.archive.test_consumer import publish
from tests.factories.network import a_station
from tests.realtime.streams import drained
from tests.seeding.test_history import a_visit, archive
from tests.support.command import navswap

DAYS = [datetime(2026, 3, day, 9, tzinfo=UTC) for day in (1, 2, 3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of three days, with a status of a station each; the second was delivered twice."""
    writer = ArchiveWriter(tmp_path)
    for number in (0, 1, 1, 2):
        stock = Stock(charged_packs=number)
        fact = StationChanged(
            "st-1", number, Status(DAYS[number], stock=stock, stock_by_model=(ModelStock("m", stock),))
        )
        known_at = DAYS[number].replace(hour=10)
        writer.append(
            [ArchiveRecord.of(fact, event_id=f"e{number}", occurred_at=DAYS[number], known_at=known_at)]
        )
        writer.append([])
        writer.flush()
    writer.append(
        [ArchiveRecord.of(fact, event_id="e1", occurred_at=DAYS[1], known_at=DAYS[1].replace(hour=12))]
    )
    writer.flush()
    return tmp_path


def test_the_status_counts_days_rows_and_files(settings: Settings, folder: Path) -> None:
    done = navswap(settings, "archive", "status", "--archive", str(folder), "--json")
    report = json.loads(done.stdout)
    assert report["lag"] is None
    assert [
        (topic["topic"], topic["days"], topic["first_day"], topic["last_day"], topic["rows"], topic["files"])
        for topic in report["topics"]
    ] == [
        ("stations", 3, "2026-03-01", "2026-03-03", 4, 4),
        ("stations.status", 3, "2026-03-01", "2026-03-03", 4, 4),
    ]
    assert "stations.status" in navswap(settings, "archive", "status", "--archive", str(folder)).stdout


def test_a_topic_is_read_as_json_each_event_once(settings: Settings, folder: Path) -> None:
    done = navswap(settings, "archive", "read", "stations", "--archive", str(folder), "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["event_id"], row["occurred_at"], row["known_at"]) for row in rows] == [
        ("e0", "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"),
        ("e1", "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"),
        ("e2", "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z"),
    ]
    assert rows[2]["payload"]["status"]["stock"]["charged_packs"] == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--since", "2026-03-02"], ["e1", "e2"]),
        (["--until", "2026-03-02T14:30+05:30"], ["e0"]),
        (["--known-by", "2026-03-02T09:30"], ["e0"]),
        (["--limit", "1"], ["e0"]),
        (["--type", "stations.station.closed"], []),
    ],
)
def test_what_is_read_can_be_narrowed(
    settings: Settings, folder: Path, options: list[str], expected: list[str]
) -> None:
    done = navswap(settings, "archive", "read", "stations", "--archive", str(folder), "--json", *options)
    assert [json.loads(line)["event_id"] for line in done.stdout.splitlines()] == expected


def test_the_status_of_stations_is_read_as_csv(settings: Settings, folder: Path) -> None:
    done = navswap(settings, "archive", "read", "stations.status", "--archive", str(folder), "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["charged"] for row in rows] == ["0", "1", "2"]
    assert json.loads(rows[2]["by_model"])[0]["charged"] == 2
    shown = navswap(settings, "archive", "read", "stations.status", "--archive", str(folder)).stdout
    assert "st-1" in shown


def test_compaction_leaves_one_file_a_day(settings: Settings, folder: Path) -> None:
    done = navswap(settings, "archive", "compact", "--archive", str(folder), "--json")
    assert json.loads(done.stdout) == {"merged": 4, "made": 2}
    done = navswap(settings, "archive", "status", "--archive", str(folder), "--json")
    assert [topic["rows"] for topic in json.loads(done.stdout)["topics"]] == [3, 3]


def test_without_an_archive_the_command_says_how_to_name_one(settings: Settings) -> None:
    done = navswap(settings, "archive", "status", "--data-dir", "/nonexistent")
    assert done.returncode == 1
    assert "give --archive DIR, or set NAVSWAP_ARCHIVE_URL" in done.stderr


def test_a_moment_that_is_none_is_refused_with_an_example(settings: Settings, folder: Path) -> None:
    done = navswap(settings, "archive", "read", "stations", "--archive", str(folder), "--since", "yesterday")
    assert done.returncode == 2
    assert "2026-11-29T06:00" in done.stderr


async def test_an_archive_is_loaded_into_the_database(runtime: Runtime, tmp_path: Path) -> None:
    station = await a_station(runtime)
    root = history_of(station.id, tmp_path)
    done = navswap(runtime.settings, "archive", "load", root, "--json")
    assert (done.returncode, json.loads(done.stdout)["swaps"]) == (0, 1)
    done = navswap(runtime.settings, "archive", "load", root)
    assert "Loaded 1 days: 0 swaps" in done.stdout
    assert (
        "nothing of that time"
        in navswap(runtime.settings, "archive", "load", root, "--since", "2027-01-01").stdout
    )


def history_of(station_id: str, folder: Path) -> str:
    return archive(folder, (DAYS[0], a_visit(station_id, DAYS[0])))


@pytest.mark.streams
async def test_the_status_says_how_far_the_archive_is_behind(
    runtime: Runtime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(runtime, 1, 2)
    await drained(
        Relay(
            runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock, reading_all=["archive"]
        )
    )
    assert await OutboxEvent.collection().count_documents({"awaited": "archive"}) == 2
    monkeypatch.setenv("NAVSWAP_ARCHIVE_URL", str(folder))
    report = json.loads(navswap(runtime.settings, "archive", "status", "--json").stdout)
    assert report["lag"]["events"] == 2
