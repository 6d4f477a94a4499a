from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from navswap.cli.shell import as_typed
from navswap.cli.welcome import ReadyAccount, Welcome

TOKEN = "header." + "p" * 300 + ".signature"


def welcome(*accounts: ReadyAccount) -> Welcome:
    return Welcome(base_url="http://127.0.0.1:8000", data_dir=Path("/data"), servers={}, accounts=accounts)


def printed(what: Welcome) -> str:
    console = Console(width=80, soft_wrap=True, file=StringIO())
    for line in what.lines():
        console.print(line)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_screen_of_a_narrow_terminal_holds_every_token_and_command_whole() -> None:
    account = ReadyAccount(
        "CONSUMER", "Pooja Joshi", "rider@demo.navswap", "secret-enough", TOKEN, "2026-03-02T09:00:00Z"
    )
    lines = printed(welcome(account)).splitlines()
    assert f"  {TOKEN}" in lines
    assert any("CONSUMER" in line and "rider@demo.navswap" in line for line in lines)
    assert all(f"  {command}" in lines for command in welcome().try_these)
    assert all(any(url in line for line in lines) for url in welcome().urls.values())


def test_the_screen_says_how_long_the_tokens_are_good() -> None:
    ends = ("2026-03-02T10:00:00+00:00", "2026-03-02T09:00:00Z")
    accounts = [ReadyAccount("STAFF", "A", "a@demo.navswap", "secret-enough", TOKEN, end) for end in ends]
    local = datetime(2026, 3, 2, 9, tzinfo=UTC).astimezone()
    assert f"good until {local:%H:%M}" in printed(welcome(*accounts))


@pytest.mark.parametrize(("depth", "typed"), [("1", "uv run navswap doctor"), (None, "navswap doctor")])
def test_commands_on_the_screen_run_as_printed(
    monkeypatch: pytest.MonkeyPatch, depth: str | None, typed: str
) -> None:
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    if depth is not None:
        monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", depth)
    assert welcome().try_these[-1] == f"{typed} --data-dir /data"
    assert as_typed("Start `navswap up` first. NavSwap, navswap: navswap.example") == (
        f"Start `{typed.replace('doctor', 'up')}` first. NavSwap, navswap: navswap.example"
    )
    assert as_typed("uv run navswap up") == "uv run navswap up"


def test_the_screen_of_an_empty_network_says_so() -> None:
    assert "none were seeded" in printed(welcome())


def test_the_websocket_is_as_safe_as_the_page() -> None:
    secure = Welcome(base_url="https://swap.example", data_dir=Path("/data"), servers={}, accounts=[])
    assert secure.urls["websocket"] == "wss://swap.example/graphql"
