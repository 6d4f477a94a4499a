"""The archive in an object store: over S3's protocol, with the clients that production uses."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import uvicorn

from navswap.events.archive import ArchiveRecord, ArchiveWriter
from navswap.events.archive.layout import list_parts
from navswap.events.archive.maintenance import Compacted, compact, forget
from navswap.events.archive.reader import read_events
from navswap.events.archive.stores import open_store
from navswap.kit.clock import epoch_milliseconds
from tests.archive.s3 import s3_server

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What an S3 server holds that the environment names."""
    kept: dict[str, bytes] = {}
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(s3_server(kept), log_config=None, lifespan="off"))
    serving = threading.Thread(target=server.run, args=([listening],))
    serving.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    yield kept
    server.should_exit = True
    serving.join()
    listening.close()


def write(url: str, *batches: list[int]) -> None:
    writer = ArchiveWriter(url)
    for batch in batches:
        for number in batch:
            at = epoch_milliseconds(DAY) + number * 1000
            writer.append([ArchiveRecord("faults", f"event-{number}", "faults.a.b", "k", at, at, "{}")])
        writer.flush()


def test_an_archive_in_s3_is_written_read_compacted_and_forgotten(objects: dict[str, bytes]) -> None:
    url = "s3://bucket/navswap/history"
    write(url, [1, 2], [2, 3])
    assert len(objects) == 2
    assert all(
        path.startswith("bucket/navswap/history/topic=faults/date=2026-03-02/part-") for path in objects
    )
    events = read_events(url, "faults", DAY, DAY + timedelta(days=1)).collect()
    assert events["event_id"].to_list() == ["event-1", "event-2", "event-3"]
    assert compact(url) == Compacted(merged=2, made=1)
    assert read_events(url, "faults").collect().equals(events)
    assert len(objects) == 1
    assert forget(url, date(2026, 3, 3)) == 1
    assert objects == {}
    assert list_parts(open_store(url)) == []
    open_store(url).delete("topic=faults/none.parquet")
