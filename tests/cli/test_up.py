import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, PyMongoError

from navswap.cli.checks import check_data_dir
from navswap.devstack.lock import DataDirLock
from navswap.devstack.ports import free_port, is_free
from navswap.settings import Settings

pytestmark = pytest.mark.xdist_group("up")
ROLES = ["CONSUMER", "STAFF", "TRANSPORTER", "PARTNER", "ADMIN", "ANALYST"]
BOUND_SECONDS = 600
"""Only a broken system takes so long."""


def navswap(folder: Path, *arguments: str, launcher: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start the command in a folder, as a person would in a shell of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NAVSWAP_")}
    return subprocess.Popen(
        [*launcher, sys.executable, "-m", "navswap", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=BOUND_SECONDS)
    return process.returncode, out, err


@dataclass
class Up:
    """A `navswap up` that is ready, and what it printed."""

    process: subprocess.Popen[str]
    folder: Path
    answer: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.answer["urls"]["graphql"].split(":")[2].split("/")[0])

    @property
    def mongo_url(self) -> str:
        return str(self.answer["environment"]["NAVSWAP_MONGO_URL"])

    def ask(self, query: str, token: str | None = None) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        url, body = self.answer["urls"]["graphql"], {"query": query}
        answer = httpx.post(url, json=body, headers=headers, timeout=BOUND_SECONDS).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data


def start_up(folder: Path, *options: str, launcher: Sequence[str] = ()) -> Up:
    process = navswap(folder, "up", "--json", "--port", str(free_port()), *options, launcher=launcher)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(f"navswap up ended: {outcome(process)}")
    return Up(process, folder, json.loads(line))


def end(up: Up, number: int) -> None:
    """End it in order, which it says; nothing is left."""
    up.process.send_signal(number)
    code, out, err = outcome(up.process)
    assert (code, out, err[-9:]) == (0, "", "Stopped.\n")
    assert is_free(up.port)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Up]]:
    """Return the demonstration city, running; it is started where it is not, for a test may have ended it.

    The tests of it come first, and the last one ends it: it would keep a processor busy beside the others.
    """
    ups: list[Up] = []

    def start() -> Up:
        if not ups or ups[-1].process.poll() is not None:
            ups.append(start_up(tmp_path_factory.mktemp("system"), "--no-twin", "--no-history"))
        return ups[-1]

    yield start
    if ups and ups[-1].process.poll() is None:
        end(ups[-1], signal.SIGTERM)


@pytest.fixture
def system(running: Callable[[], Up]) -> Up:
    """The demonstration city, running."""
    return running()


def test_every_role_has_an_account_whose_token_is_ready(system: Up) -> None:
    accounts = system.answer["accounts"]
    assert [account["role"] for account in accounts] == ROLES
    for account in accounts:
        me = system.ask("{ me { role email } }", account["access_token"])["me"]
        assert me == {"role": account["role"], "email": account["email"]}


def test_the_demonstration_city_is_there(system: Up) -> None:
    edges = system.ask("{ stations(first: 3) { edges { node { name } } } }")["stations"]["edges"]
    assert len(edges) == 3
    about = httpx.get(
        f"{system.answer['urls']['dashboard'].rstrip('/')}/gbfs/3/system_information.json",
        timeout=BOUND_SECONDS,
    )
    assert (
        about.json()["data"]["timezone"] == "Asia/Kolkata"
    )  # by whose clocks the models know hours and days, too


def test_the_printed_addresses_answer(system: Up) -> None:
    urls = system.answer["urls"]
    for name in ("metrics", "health"):
        assert httpx.get(urls[name], timeout=BOUND_SECONDS).status_code == 200
    page = httpx.get(urls["graphiql"], headers={"accept": "text/html"}, timeout=BOUND_SECONDS)
    assert page.headers["content-type"].startswith("text/html")


async def test_the_printed_websocket_takes_a_printed_token(system: Up) -> None:
    protocol = websockets.Subprotocol("graphql-transport-ws")
    token = system.answer["accounts"][0]["access_token"]
    async with websockets.connect(
        system.answer["urls"]["websocket"], subprotocols=[protocol], open_timeout=BOUND_SECONDS
    ) as socket:
        await socket.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        )
        assert json.loads(await socket.recv())["type"] == "connection_ack"


@pytest.mark.parametrize("command", range(3))
def test_the_printed_commands_work(command: int, system: Up) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        system.answer["try"][command],
        shell=True,
        cwd=system.folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout


def test_a_second_up_on_the_same_data_is_refused_in_one_line(system: Up) -> None:
    code, out, err = outcome(navswap(system.folder, "up", "--port", str(free_port())))
    assert (code, out) == (1, "")
    assert f"is in use by process {system.process.pid}: stop that one, or choose another --data-dir" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_taken_port_is_refused_in_one_line(command: str, system: Up, tmp_path: Path) -> None:
    code, out, err = outcome(navswap(tmp_path, command, "--port", str(system.port)))
    assert (code, out) == (1, "")
    assert f"Port {system.port} on 127.0.0.1 is taken" in err
    assert len(err.splitlines()) == 1


def test_the_worker_refuses_a_taken_port_in_one_line(system: Up) -> None:
    code, out, err = outcome(navswap(system.folder, "worker"))
    assert (code, out) == (1, "")
    assert "choose another with NAVSWAP_WORKER_PORT" in err


def test_a_second_worker_beside_up_is_refused_in_one_line(
    system: Up,
) -> None:
    (system.folder / ".env").write_text(f"NAVSWAP_WORKER_PORT={free_port()}\n")
    code, out, err = outcome(navswap(system.folder, "worker"))
    (system.folder / ".env").unlink()
    assert (code, out) == (1, "")
    assert "has its worker, and its embedded broker serves no second one" in err
    assert len(err.splitlines()) == 1


def test_several_web_processes_share_a_port_and_the_running_stores(system: Up) -> None:
    port = free_port()
    serve = navswap(system.folder, "serve", "--workers", "2", "--port", str(port))
    # The transport tries again, with growing pauses, until something listens.
    with httpx.Client(transport=httpx.HTTPTransport(retries=9), timeout=BOUND_SECONDS) as client:
        answer = client.post(
            f"http://127.0.0.1:{port}/graphql", json={"query": "{ stations { edges { node { id } } } }"}
        )
    assert answer.json()["data"]["stations"]["edges"]
    serve.terminate()
    outcome(serve)
    assert is_free(port)


def test_a_worker_and_an_api_that_die_are_started_again(system: Up) -> None:
    """Their logs go on, so that their last words are not lost."""
    assert system.process.stderr is not None
    for part, started in (("worker", "worker_started"), ("serve", "Uvicorn running on")):
        [process] = [int(line) for line in pids_of(f"navswap {part}", system)]
        os.kill(process, signal.SIGKILL)
        said = next(line for line in iter(system.process.stderr.readline, "") if "started again" in line)
        assert said.startswith(f"{part} ended with code 137; started again (1 of 5 times in 10 minutes).")
        wait_for_lines(system.folder / ".navswap" / "log" / f"{part}.log", started, count=2)
    assert system.ask("{ __typename }") == {"__typename": "Query"}


def test_killing_up_leaves_nothing_running(system: Up) -> None:
    system.process.kill()
    outcome(system.process)
    # Every child holds the lock until it is gone.
    lock = DataDirLock(system.folder / ".navswap")
    lock.acquire(within_seconds=BOUND_SECONDS)
    lock.release()
    assert is_free(system.port)


@pytest.fixture(scope="module")
def started_again(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A system that was ended by Ctrl-C and started again on its data; the last test that uses it ends it."""
    first = start_up(tmp_path_factory.mktemp("again"), "--no-twin", "--no-history")
    with MongoClient[dict[str, Any]](first.mongo_url) as client:
        client["kept"]["numbers"].insert_one({"_id": 1})
    end(first, signal.SIGINT)
    again = start_up(first.folder, "--no-twin", "--no-history")
    yield again
    if again.process.poll() is None:
        again.process.kill()
        outcome(again.process)


def test_a_signal_ends_everything_and_the_next_start_finds_the_data(started_again: Up) -> None:
    with MongoClient[dict[str, Any]](started_again.mongo_url) as client:
        assert client["kept"]["numbers"].count_documents({}) == 1
    assert len(started_again.answer["accounts"]) > 1
    assert started_again.ask("{ stations(first: 1) { edges { node { name } } } }")["stations"]["edges"]


def test_a_store_that_ends_stops_the_rest_with_its_last_words(started_again: Up) -> None:
    with MongoClient[dict[str, Any]](started_again.mongo_url) as client, pytest.raises(AutoReconnect):
        client.admin.command("shutdown", force=True)
    code, out, err = outcome(started_again.process)
    assert (code, out) == (1, "")
    assert "Network as it was left" in err
    assert "MongoDB ended with code 0; all is stopped. Its log, " in err
    assert "mongod.log:\n  {" in err
    assert is_free(started_again.port)


def test_killing_the_uv_that_runs_up_leaves_nothing_running(tmp_path: Path) -> None:
    uv = shutil.which("uv")
    assert uv is not None, "the README's test command installs it"
    started = start_up(tmp_path, "--no-seed", launcher=[uv, "run", "--no-project", "--"])
    lock = DataDirLock(tmp_path / ".navswap")
    assert lock.is_held()
    started.process.kill()
    _, _, err = outcome(started.process)
    assert "`uv run`, which started it, was killed; all is stopped" in err
    assert not lock.is_held()


def wait_for_lines(log: Path, text: str, *, count: int) -> None:
    """Follow a log until so many of its lines hold a text."""
    following = ["timeout", str(BOUND_SECONDS), "tail", "-n", "+1", "-f", str(log)]
    with subprocess.Popen(following, stdout=subprocess.PIPE, text=True) as lines:
        assert lines.stdout is not None
        assert len(list(islice((line for line in lines.stdout if text in line), count))) == count
        lines.terminate()


def pids_of(command: str, up: Up) -> list[str]:
    """Return the ids of the processes below this `up` that run a command, without their leashes."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    leashes = {pid for pid, parent, _ in rows if parent == str(up.process.pid)}
    return [pid for pid, parent, arguments in rows if parent in leashes and arguments.endswith(command)]


ON_A_SMALL_DISK = (
    "unshare",
    *("--map-root-user", "--mount"),
    *("sh", "-c", 'mount -t tmpfs -o size=700m tmpfs .navswap && exec "$@"', "sh"),
)
"""Gives a command a data directory on a disk that it alone sees."""


def test_a_disk_that_is_full_is_named_by_up_and_doctor(tmp_path: Path) -> None:
    settings = Settings(_env_file=None)
    (tmp_path / ".navswap").mkdir()
    if subprocess.run([*ON_A_SMALL_DISK, "true"], cwd=tmp_path, check=False).returncode != 0:
        pytest.skip("this system lets no one mount a disk of its own")  # no tool that could be installed
    small = start_up(tmp_path, "--no-seed", launcher=ON_A_SMALL_DISK)
    seen_by_up = Path(f"/proc/{small.process.pid}/root{tmp_path}/.navswap")
    assert check_data_dir(settings, seen_by_up).good
    with suppress(OSError), (seen_by_up / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 2**20)
    assert "0 MB are free on the disk" in check_data_dir(settings, seen_by_up).found
    with MongoClient[dict[str, Any]](small.mongo_url) as client, suppress(PyMongoError):
        client["big"]["things"].insert_one({"thing": "x" * 2**23})
        client.admin.command("fsync")  # writes what MongoDB would write by itself within a minute
    code, out, err = outcome(small.process)
    assert (code, out) == (1, "")
    assert "MongoDB ended with code" in err
    assert f"The disk that holds {tmp_path}/.navswap is full." in err


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Up]:
    """A city in which three riders live, for tests that end it."""
    up = start_up(tmp_path, "--riders", "3", "--no-history")
    yield up
    if up.process.poll() is None:
        up.process.kill()
        outcome(up.process)


def test_what_ends_the_agents_of_a_city_ends_nothing_else(city: Up) -> None:
    assert city.process.stderr is not None
    lines = iter(city.process.stderr.readline, "")
    assert any("The city lives: 3 riders" in line for line in lines)
    command = f"simulate --live --riders 3 --url {city.answer['urls']['graphql']}"
    deadline = time.monotonic() + BOUND_SECONDS
    while not (agents := pids_of(command, city)):  # each look is a process of its own, so nothing spins
        assert time.monotonic() < deadline
    os.kill(int(agents[0]), signal.SIGKILL)
    said = next(line for line in lines if "started again" in line)
    assert said.startswith("simulate ended with code 137; started again (1 of 5 times in 10 minutes).")
    assert city.ask("{ __typename }") == {"__typename": "Query"}
    end(city, signal.SIGTERM)
