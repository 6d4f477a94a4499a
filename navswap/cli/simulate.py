"""`navswap simulate`."""

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from navswap.cli.shell import RUN, AsJson, DataDir, command, load_settings
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.simulation.live.command import LiveOptions, LiveReport, People

TERMINAL_SECONDS, LOG_SECONDS = 1.0, 60.0
"""Between two lines that say how a live run goes: on a terminal, which shows the last one only, and in a log."""


@command(
    RUN,
    "navswap simulate --live",
    "navswap simulate --live --riders 400 --speed 10 --minutes 6 --json",
    "navswap simulate --live --rate 60 --url http://127.0.0.1:8000/graphql   # 60 swaps a minute, as a load",
)
def simulate(  # noqa: PLR0913, PLR0917 - each option of the command is an argument
    live: Annotated[
        bool, typer.Option("--live", help="Agents use a running server through its public API.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(help="Its GraphQL endpoint. Default: that of NAVSWAP_PUBLIC_URL", show_default=False),
    ] = None,
    riders: Annotated[int, typer.Option(min=1, max=100_000, help="Riders, of those of the seeds.")] = 400,
    seed: Annotated[int, typer.Option(help="Seed of all that chance deals to the agents.")] = 1,
    speed: Annotated[
        float,
        typer.Option(min=0.1, max=1000, help="Minutes of the agents' lives in a minute of real time."),
    ] = 1.0,
    rate: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=100_000, help="Swaps a minute to ask for, whatever the packs hold: a load generator."
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="End after so many minutes of real time.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let the demonstration city live.

    With --live, riders, stations, transporters, staff and shops are clients of a running server, over HTTP and
    websocket only: riders sign in, ask where to go, hold a pack, ride and report positions, show their code and swap.
    Stations charge as the charging plan says and report telemetry. One line shows how it goes; Ctrl-C ends it. The
    server's time is never touched: with --speed 10 an hour of the agents' lives passes in six minutes.
    """
    if not live:
        raise typer.BadParameter("say --live; the offline twin is not built yet")
    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415 - help needs none of it

    settings = load_settings(data_dir)
    configure_logging(settings)
    from navswap.simulation.live.command import LiveOptions, status_line  # noqa: PLC0415 - help needs none of it

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with console.status("Starting the agents") as status:
        say = status.update if console.is_terminal else console.print
        options = LiveOptions(
            url=url or f"{settings.public_url}/graphql",
            people=_people(settings),
            riders=riders,
            seed=seed,
            speed=speed,
            rate=rate,
            minutes=minutes,
            show=lambda meter: say(status_line(meter)),
            show_seconds=TERMINAL_SECONDS if console.is_terminal else LOG_SECONDS,
        )
        report = asyncio.run(_run(options))
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")


async def _run(options: "LiveOptions") -> "LiveReport":
    """Run until the time is over or a signal ends it; either way there is a report."""
    from navswap.simulation.live.command import run_live  # noqa: PLC0415 - as above

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return await run_live(options, ended)


def _people(settings: Settings) -> "People":
    """Return the accounts of the demonstration city; raises SeedsUnreadableError, PublishedPasswordError."""
    from navswap.seeding.city import load_demo_city  # noqa: PLC0415 - takes seconds
    from navswap.seeding.demo import demo_password, seeds_dir  # noqa: PLC0415
    from navswap.simulation.live.command import People  # noqa: PLC0415

    city = load_demo_city(seeds_dir(settings))
    return People(
        password=demo_password(settings, city),
        riders=[rider.email for rider in city.riders],
        staff=[member.email for member in city.staff],
        transporters=[driver.email for driver in city.transporters],
        shops=[shop.email for shop in city.partner_shops],
    )
