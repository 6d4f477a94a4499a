import io
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from navswap.cli.asking.board import Board, differences

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LIVE: dict[str, Any] = {
    "asOf": "2026-03-02T07:59:58.000Z",
    "stations": {"open": 59, "closed": 1, "outOfService": 0, "withoutFreePacks": 2},
    "queues": {"lateStations": 1, "longest": [{"length": 7, "station": {"name": "Rose Garden"}}]},
    "alerts": [{"kind": "WAIT_OVER_PROMISE", "value": 12.5, "station": {"name": "Old Fort"}}],
    "alertCount": 1,
}


def shown(board: Board, *, width: int = 160, height: int = 40) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=False)
    console.print(board.screen(NOW, width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_screen_shows_figures_queues_alerts_and_changes() -> None:
    board = Board()
    board.take_live({"live": LIVE})
    stations = [{"id": "a", "name": "Lake View", "status": {"freePacks": 5, "state": "OPEN"}}]
    board.take_station({"stations": stations}, NOW)
    board.take_station({"stationId": "a", "status": {"freePacks": 4, "state": "OPEN"}}, NOW)
    text = shown(board)
    for words in (
        "59",
        "Rose Garden",
        "wait over promise",
        "Old Fort",
        "12.5",
        "Lake View",
        "free packs 5 → 4",
    ):
        assert words in text
    assert "stations watched: 1, updates a minute: 1" in text
    assert "live" in text.splitlines()[0]


def test_the_screen_fits_a_small_terminal_before_anything_came() -> None:
    text = shown(Board(), width=80, height=24)
    assert "connecting" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_updates_are_counted_over_one_minute() -> None:
    board = Board()
    for seconds in (0, 30, 61):
        board.take_station(
            {"stationId": "a", "status": {"freePacks": seconds}}, NOW + timedelta(seconds=seconds)
        )
    assert board.per_minute(NOW + timedelta(seconds=61)) == 2


def test_only_what_changed_is_said() -> None:
    before = {"state": "OPEN", "freePacks": 3, "queueLength": 1}
    assert list(differences(before, {"state": "CLOSED", "freePacks": 3, "queueLength": 2})) == [
        "state OPEN → CLOSED",
        "queue length 1 → 2",
    ]
