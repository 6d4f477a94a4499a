from io import StringIO
from pathlib import Path

from rich.console import Console

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
        "CONSUMER", "Pooja Joshi", "rider@demo.navswap", "secret-enough", TOKEN, "2026-03-02"
    )
    lines = printed(welcome(account)).splitlines()
    assert f"  {TOKEN}" in lines
    assert any("CONSUMER" in line and "rider@demo.navswap" in line for line in lines)
    assert all(f"  {command}" in lines for command in welcome().try_these)
    assert all(any(url in line for line in lines) for url in welcome().urls.values())


def test_the_screen_of_an_empty_network_says_so() -> None:
    assert "none were seeded" in printed(welcome())


def test_the_websocket_is_as_safe_as_the_page() -> None:
    secure = Welcome(base_url="https://swap.example", data_dir=Path("/data"), servers={}, accounts=[])
    assert secure.urls["websocket"] == "wss://swap.example/graphql"
