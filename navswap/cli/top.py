"""`navswap top`."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import typer
from rich.console import Console
from rich.live import Live

from navswap.cli.asking.board import Board, now_in_utc
from navswap.cli.asking.errors import RefusedByApiError
from navswap.cli.asking.requests import Api
from navswap.cli.asking.streams import Moment, Watched, watch
from navswap.cli.asking.who import Email, Password, Token, Url, opened
from navswap.cli.shell import LOOK, AsJson, DataDir, command

FIGURES = """asOf
  stations { open closed outOfService withoutFreePacks }
  packs { charged held charging faulty withRiders withTransporters }
  queues { onTheWay waiting swapping lateStations longestWaitMinutes longest { length station { name } } }
  swaps { swaps walkIns minutesP50 minutesP90 }
  transports { open accepted inTransit overdue }
  tickets { critical major minor overdue }
  staff { people onShift onTheWay diverted }
  events { pending oldestSeconds deadLettered }
  alerts { kind value station { name } }
  alertCount"""
NETWORK = f"""subscription TopNetwork($after: String) {{
  adminLiveChanged(after: $after) {{
    __typename
    ... on StreamMoment {{ cursor }}
    ... on AdminLiveSnapshot {{ live {{ {FIGURES} }} }}
    ... on AdminLiveUpdate {{ live {{ {FIGURES} }} }}
  }}
}}"""
STATUS = "state freePacks chargingPacks queueLength"
STATIONS = f"""subscription TopStations($ids: [ID!]!, $after: String) {{
  stationChanged(stationIds: $ids, after: $after) {{
    __typename
    ... on StreamMoment {{ cursor }}
    ... on StationsSnapshot {{ stations {{ id name status {{ {STATUS} }} }} }}
    ... on StationUpdate {{ stationId status {{ {STATUS} }} }}
  }}
}}"""
WATCHED_STATIONS = 200
"""As many as one subscription may watch."""
FIRST_STATIONS = f"query TopFirst {{ stations(first: {WATCHED_STATIONS}) {{ edges {{ node {{ id }} }} }} }}"
SCREENS_A_SECOND = 2.0


@command(
    LOOK,
    "navswap top --email admin@demo.navswap",
    "NAVSWAP_TOKEN=eyJ... navswap top --url https://api.example.com",
    "navswap top --email analyst@demo.navswap --json | jq .queues",
)
def top(
    email: Email = None,
    password: Password = None,
    token: Token = None,
    url: Url = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Watch the running network in the terminal, live.

    It shows figures, the longest queues, alerts, and each change at the first 200 stations, by the subscriptions that any client
    may use, and goes on behind its cursor after a lost connection. Sign in as an ADMIN or ANALYST. Without --url it watches the `navswap up` that
    runs here. With --json, or where standard output is no terminal, it writes the figures once and ends.

    Exit codes: 0 ended by Ctrl-C, or written; 1 the API refused it; 3 no server answered.
    """
    with opened(url, data_dir, token=token, email=email, password=password) as api:
        if as_json or not sys.stdout.isatty():
            _write_once(api, as_json=as_json)
        else:
            _show(api)


def _write_once(api: Api, *, as_json: bool) -> None:
    """Write the figures as they are; raises RefusedByApiError."""
    board = Board()
    with closing(watch(api, [_network()])) as moments:
        for moment in moments:
            if moment is not None:
                board.take_live(_change(moment))
                break
    if as_json:
        sys.stdout.write(json.dumps(board.live) + "\n")
    else:
        Console(highlight=False).print(board.lines(now_in_utc()))


def _show(api: Api) -> None:
    """Draw the screen again and again until Ctrl-C; raises RefusedByApiError, UnreachedError."""
    board, console = Board(), Console(highlight=False)
    watched = [_network(), *_stations(api)]
    try:
        with (
            Live(console=console, screen=True, auto_refresh=False) as screen,
            closing(watch(api, watched, wait_seconds=1 / SCREENS_A_SECOND)) as moments,
        ):
            drawn = 0.0
            for moment in moments:
                now = now_in_utc()
                _take(board, moment)
                if now.timestamp() - drawn >= 1 / SCREENS_A_SECOND:
                    drawn = now.timestamp()
                    screen.update(board.screen(now, console.width, console.height), refresh=True)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _network() -> Watched:
    return Watched(NETWORK, {}, "after")


def _stations(api: Api) -> Iterator[Watched]:
    """Yield the subscription of the first stations; none where there are none."""
    answer = api.post(FIRST_STATIONS, {}, token=api.session.token())
    ids = [edge["node"]["id"] for edge in ((answer.get("data") or {}).get("stations") or {}).get("edges", ())]
    if ids:
        yield Watched(STATIONS, {"ids": ids}, "after")


def _take(board: Board, moment: Moment | None) -> None:
    if moment is None:
        return
    change = _change(moment)
    board.take_live(change)
    board.take_station(change, now_in_utc())


def _change(moment: Moment) -> dict[str, Any]:
    """Return the value of the root field; raises RefusedByApiError."""
    if errors := moment.payload.get("errors"):
        code = (errors[0].get("extensions") or {}).get("code", "ERROR")
        raise RefusedByApiError(f"{code}: {errors[0]['message']}")
    [change] = moment.payload["data"].values()
    found: dict[str, Any] = change
    return found
