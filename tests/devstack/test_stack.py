import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any, TypedDict
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient

from navswap.devstack import binaries
from navswap.devstack import child as child_module
from navswap.devstack.child import Child, wait_until_ready
from navswap.devstack.errors import DevStackError
from navswap.devstack.lock import DataDirLock
from navswap.devstack.mongod import TRANSACTION_LIFETIME_SECONDS, Mongod
from navswap.devstack.ports import is_free, is_listening
from navswap.devstack.stack import DevStack
from navswap.devstack.supervision import Supervised
from navswap.settings import Settings
from tests.support.services import Services

SHORT_WHILE_SECONDS = 2.0
"""Longer than a server takes until it listens; on a machine where it is not, less is tested."""
HOLDER = """
import signal, sys
from pathlib import Path
from navswap.devstack.child import Child
from navswap.devstack.lock import DataDirLock
lock = DataDirLock(Path(sys.argv[1]))
lock.acquire()
server = Child("server", ["sleep", "1000"], Path(sys.argv[1]) / "log", held=lock.descriptors)
print("held", flush=True)
signal.pause()
"""


class Others(TypedDict):
    """A Redis and a Kafka that run already."""

    redis_url: str
    kafka_bootstrap: str


class Given(Others, total=False):
    """Addresses of servers that run already."""

    mongo_url: str


@pytest.fixture
def others(services: Services) -> Others:
    """Given to a stack, it starts MongoDB only."""
    return {"redis_url": services.redis_url, "kafka_bootstrap": services.kafka_bootstrap}


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the lock of `tmp_path` and has a server that inherited it."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def insert(url: str, number: int) -> None:
    with MongoClient[dict[str, Any]](url) as client:
        client["kept"]["numbers"].insert_one({"_id": number})


def stored(url: str) -> list[int]:
    with MongoClient[dict[str, Any]](url) as client:
        return [document["_id"] for document in client["kept"]["numbers"].find()]


def test_a_second_start_finds_the_data_on_another_port(tmp_path: Path, others: Others) -> None:
    with DevStack(tmp_path, **others) as stack:
        first_url = stack.mongo_url
        insert(first_url, 1)
    # On the old port somebody keeps the server waiting while it looks for itself, so that it is asked meanwhile.
    listener = socket.create_server(("127.0.0.1", urlsplit(first_url).port or 0))
    Timer(SHORT_WHILE_SECONDS, listener.close).start()
    with DevStack(tmp_path, **others) as stack:
        assert stack.mongo_url != first_url
        insert(stack.mongo_url, 2)
        assert stored(stack.mongo_url) == [1, 2]


def test_data_survive_a_killed_server(tmp_path: Path) -> None:
    server = Mongod(tmp_path / "mongo", tmp_path / "mongod.log")
    insert(server.start(), 1)
    assert server.child is not None
    server.child.kill()
    try:
        assert stored(server.start()) == [1]
    finally:
        server.stop()


def test_what_a_killed_process_had_begun_to_write_is_given_up_soon(services: Services) -> None:
    name = "transactionLifetimeLimitSeconds"
    with MongoClient[dict[str, Any]](services.mongo_url) as client:
        limit = client.admin.command({"getParameter": 1, name: 1})[name]
    assert limit == TRANSACTION_LIFETIME_SECONDS < 60


def test_named_servers_are_connected_to_and_left_running(
    tmp_path: Path, services: Services, others: Others
) -> None:
    with DevStack(tmp_path, mongo_url=services.mongo_url, **others) as stack:
        assert stack.children() == []
        assert stack.environment() == {
            "NAVSWAP_MONGO_URL": services.mongo_url,
            "NAVSWAP_REDIS_URL": services.redis_url,
            "NAVSWAP_KAFKA_BOOTSTRAP": services.kafka_bootstrap,
        }
    assert stored(services.mongo_url) == []


def test_the_environment_decides_what_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVSWAP_REDIS_URL", "redis://127.0.0.1:1/0")
    stack = DevStack.from_settings(tmp_path, Settings())
    assert (stack.mongo_url, stack.redis_url, stack.kafka_bootstrap) == ("", "redis://127.0.0.1:1/0", "")


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"mongo_url": "mongodb://127.0.0.1:1/?replicaSet=navswap"}, "NAVSWAP_MONGO_URL"),
        ({"redis_url": "redis://127.0.0.1:1/0"}, "NAVSWAP_REDIS_URL"),
        ({"redis_url": "http://127.0.0.1:1/0"}, "NAVSWAP_REDIS_URL"),
        ({"kafka_bootstrap": "127.0.0.1:1"}, "NAVSWAP_KAFKA_BOOTSTRAP"),
        ({"kafka_bootstrap": "no port"}, "NAVSWAP_KAFKA_BOOTSTRAP"),
    ],
)
def test_a_named_server_that_does_not_answer_is_named_in_one_line(
    given: Given, variable: str, tmp_path: Path, services: Services, others: Others
) -> None:
    addresses: Given = {"mongo_url": services.mongo_url, **others, **given}
    with pytest.raises(DevStackError, match=variable) as caught:
        DevStack(tmp_path, **addresses).start()
    assert "\n" not in caught.value.message


def test_a_failed_start_stops_what_had_started(tmp_path: Path, services: Services) -> None:
    stack = DevStack(tmp_path, kafka_bootstrap=services.kafka_bootstrap, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(DevStackError, match="NAVSWAP_REDIS_URL"):
        stack.start()
    assert stack.children() == []
    DataDirLock(tmp_path).acquire()


def test_a_second_stack_on_the_same_data_is_refused_with_the_pid(
    tmp_path: Path, holder: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(DevStackError, match=rf"{tmp_path} is in use by process {holder.pid}: "):
        DevStack(tmp_path).start()


def test_a_stale_lock_is_taken_over_when_the_last_server_is_gone(
    tmp_path: Path, holder: subprocess.Popen[bytes]
) -> None:
    holder.kill()
    holder.wait()
    lock = DataDirLock(tmp_path)
    lock.acquire()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DevStackError, match="choose another --data-dir"):
        DevStack(tmp_path / "file" / "data").start()


def test_a_server_that_dies_is_reported_with_the_last_error_of_its_log(tmp_path: Path) -> None:
    server = Mongod(tmp_path / "mongo", tmp_path / "mongod.log")
    (tmp_path / "mongo").mkdir()
    (tmp_path / "mongo" / "storage.bson").write_text("not a database")
    with pytest.raises(DevStackError, match=r"MongoDB ended with code \d+: .*log: ") as caught:
        server.start()
    assert "\n" not in caught.value.message


def test_a_server_that_says_nothing_in_time_is_stopped(tmp_path: Path) -> None:
    child = Child("Sleeper", ["sleep", "1000"], tmp_path / "log")
    with pytest.raises(
        DevStackError, match=r"Sleeper did nothing for 0\.05 s and is not ready: it said nothing"
    ):
        wait_until_ready(child, lambda: False, stalled_seconds=0.05)
    assert child.exit_code() is not None


def test_a_server_that_is_slow_but_works_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works now and then, says nothing, and takes longer than a server may do nothing."""
    monkeypatch.setattr(child_module, "SAY_SECONDS", 0.0)
    work = (
        "import time; began = time.monotonic()\n"
        "while time.monotonic() < began + 4.5: sum(range(500_000)); time.sleep(0.05)\n"
        "print('ready', flush=True); time.sleep(1000)"
    )
    child = Child("Worker bee", [sys.executable, "-c", work], tmp_path / "log")
    said: list[str] = []
    wait_until_ready(
        child, lambda: child.last_lines(1) == ["ready"] or None, stalled_seconds=3.0, waiting=said.append
    )
    child.stop()
    assert re.fullmatch(r"Waiting for Worker bee for \d s \(log: .*\)", said[0])


def test_a_process_that_dies_is_started_again_within_bounds(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def start(*, keep_log: bool) -> Child:
        return Child("Mayfly", ["sh", "-c", "echo born; exit 7"], log, keep_log=keep_log)

    mayfly = Supervised(start, most_restarts=2)
    said: list[str] = []
    for _ in range(2):
        wait_for_end(mayfly.child)
        said.append(mayfly.look() or "")
    wait_for_end(mayfly.child)
    with pytest.raises(DevStackError, match=r"Mayfly ended with code 7 for the 3rd time in 10 minutes"):
        mayfly.look()
    mayfly.stop()
    assert [line.partition(";")[0] for line in said] == ["Mayfly ended with code 7"] * 2
    assert "started again (1 of 2 times in 10 minutes)" in said[0]
    assert log.read_text() == "born\n" * 3


def test_deaths_long_ago_do_not_count(tmp_path: Path) -> None:
    now = 0.0

    def start(*, keep_log: bool) -> Child:
        return Child("Mayfly", ["false"], tmp_path / "log", keep_log=keep_log)

    mayfly = Supervised(start, most_restarts=1, monotonic=lambda: now)
    for _ in range(4):
        wait_for_end(mayfly.child)
        assert mayfly.look() is not None
        now += 601.0
    mayfly.child.stop()


def wait_for_end(child: Child) -> None:
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


def test_binaries_on_the_path_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "mongod"
    own.touch(mode=stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.find_binary("mongod") == own
    assert binaries.find_binary("redis-server").parent.name == "bin"


def test_a_missing_binary_is_named_with_three_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(binaries._WHEELS, "mongod", ("navswap", "bin/mongod"))
    with pytest.raises(DevStackError, match=r"uv sync --group embedded.*install mongod.*NAVSWAP_MONGO_URL"):
        binaries.find_binary("mongod")


def test_an_unsupported_platform_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Windows")
    with pytest.raises(DevStackError, match="not on Windows: use `docker compose up`"):
        DevStack(tmp_path).start()


def test_a_port_is_free_until_a_server_listens_on_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_listening(port)
        assert not is_free(port)
    assert is_free(port)
    assert not is_listening(port)
