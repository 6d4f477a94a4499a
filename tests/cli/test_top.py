import asyncio
import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios

import pytest
from graphql import build_schema, parse, validate

from navswap.auth.roles import Role
from navswap.cli.top import FIRST_STATIONS, NETWORK, STATIONS
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.users import a_user, token_of
from tests.support.api import Api, running
from tests.support.command import BOUND_SECONDS, navswap
from tests.support.requirements import PROJECT_ROOT

HOLD = """mutation ($input: ConfirmQueueInput!) {
  confirmQueue(input: $input) { ... on ConfirmQueuePayload { entry { id } } ... on Refusal { code } }
}"""


@pytest.mark.parametrize("document", [NETWORK, STATIONS, FIRST_STATIONS])
def test_what_it_watches_fits_the_schema(document: str) -> None:
    schema = build_schema((PROJECT_ROOT / "schema.graphql").read_text())
    assert validate(schema, parse(document)) == []


async def test_a_pipe_gets_the_figures_once_and_a_rider_none(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_station(runtime, charged=3)
    analyst, rider = await a_user(Role.ANALYST), await a_user(Role.CONSUMER)
    async with running(runtime) as address:

        def top(*options: str) -> tuple[int, str, str]:
            done = navswap(runtime.settings, "top", "--url", f"http://{address}", *options)
            return done.returncode, done.stdout, done.stderr

        monkeypatch.setenv("NAVSWAP_TOKEN", token_of(runtime, analyst))
        code, as_json, _ = await asyncio.to_thread(top, "--json")
        assert (code, json.loads(as_json)["packs"]["charged"]) == (0, 3)
        code, text, _ = await asyncio.to_thread(top)
        assert (code, "charged" in text) == (0, True)
        monkeypatch.setenv("NAVSWAP_TOKEN", token_of(runtime, rider))
        code, text, complaint = await asyncio.to_thread(top, "--json")
    assert (code, text) == (1, "")
    assert "NOT_ALLOWED" in complaint


class Terminal:
    """A command at a terminal of 160 columns: what it shows, and the keys that are pressed."""

    def __init__(self, *words: str, **environment: str) -> None:
        self._keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "navswap", *words],
            env={**inherited, "TERM": "xterm-256color", **environment},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        self.shown = b""

    def read_until(self, text: str) -> None:
        """Return once a text is shown."""
        while text.encode() not in self.shown:
            self.shown += os.read(self._keyboard, 65536)

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # the terminal is gone with the process
            while read := os.read(self._keyboard, 65536):
                self.shown += read
        os.close(self._keyboard)
        return self._process.wait(BOUND_SECONDS)


@pytest.mark.streams
async def test_a_terminal_shows_a_hold_as_it_comes_and_ctrl_c_ends_it(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    analyst, rider = await a_user(Role.ANALYST), await a_user(Role.CONSUMER)
    async with running(runtime, relay=True) as address, Api(address, token_of(runtime, rider)) as app:
        terminal = Terminal("top", NAVSWAP_URL=f"http://{address}", NAVSWAP_TOKEN=token_of(runtime, analyst))
        await asyncio.to_thread(terminal.read_until, "stations watched: 1")
        await app.ask(HOLD, input={"stationId": node("Station", station.id), "idempotencyKey": "top"})
        await asyncio.to_thread(terminal.read_until, "free packs 3 → 2")
        code = await asyncio.to_thread(terminal.interrupt)
    assert code == 0
    assert station.information.name.encode() in terminal.shown
