"""`navswap simulate`."""

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from navswap.cli.agents import people_of, roads_of
from navswap.cli.configuration import load_settings
from navswap.cli.shell import RUN, AsJson, DataDir, command
from navswap.kit.clock import SystemClock
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.simulation.agreement import Span
    from navswap.simulation.live.command import LiveOptions, LiveReport
    from navswap.simulation.offline import OfflineOptions

TERMINAL_SECONDS, LOG_SECONDS = 1.0, 60.0
"""Between two lines that say how a live run goes: on a terminal, which shows the last one only, and in a log."""


OFFLINE, LIVE = "Offline: days in seconds, on the rules themselves", "Live: agents against a running server"
COMPARE = "Compare: what policies are worth, offline"


@command(
    RUN,
    "navswap simulate --days 7 --policy rules",
    "navswap simulate --stations 1000 --slots 26 --policy nearest --json",
    "navswap simulate --network stations.json --scenario festival.toml --scenario heat.toml",
    "navswap simulate --days 7 --report week.html   # plots of waits, lost swaps, stock and energy",
    "navswap simulate --compare nearest,rules --seeds 10 --days 3 --report worth.html",
    "navswap simulate --compare models,rules,nearest --seeds 10 --days 3   # what the models are worth",
    "navswap simulate --compare nearest,rules --seeds 40 --cluster tcp://10.0.0.5:8786 --json",
    "navswap simulate --days 60 --record history   # months of history, as production archives it",
    "navswap simulate --days 14 --into-database   # a running installation gets a past of two weeks",
    "navswap simulate --live --riders 400 --speed 10 --minutes 6 --json",
    "navswap simulate --live --speed 6 --minutes 10 --compare-offline   # against navswap up --no-twin",
    "navswap simulate --live --rate 60 --url http://127.0.0.1:8000/graphql   # 60 swaps a minute, as a load",
)
def simulate(  # noqa: PLR0913, PLR0917 - each option of the command is an argument
    seed: Annotated[
        int, typer.Option(help="Seed of all that chance decides: the same seed, the same run.")
    ] = 1,
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days to live through.", rich_help_panel=OFFLINE)
    ] = 1,
    policy: Annotated[
        str,
        typer.Option(
            help="Rules that run the network: do-nothing, nearest, less-demand-first, rules or models.",
            rich_help_panel=OFFLINE,
        ),
    ] = "rules",
    stations: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, help="Stations. Default: all of the city.", rich_help_panel=OFFLINE),
    ] = None,
    slots: Annotated[
        int | None,
        typer.Option(
            min=2, max=200, help="Slots of every station, demand in proportion.", rich_help_panel=OFFLINE
        ),
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option(
            help="A stations file instead of the demonstration city.", rich_help_panel=OFFLINE, exists=True
        ),
    ] = None,
    scenario: Annotated[
        list[Path] | None,
        typer.Option(
            help="A TOML file of what is different; several combine.", rich_help_panel=OFFLINE, exists=True
        ),
    ] = None,
    warm_up: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=365,
            help="Days before those that count, lived through under nearest: the past that forecasts look back on. "
            "Default: 8 where a policy asks models, else none.",
            show_default=False,
            rich_help_panel=OFFLINE,
        ),
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(
            help="Archive (folder or object store URL) that the run is recorded in.", rich_help_panel=OFFLINE
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="HTML file to write with plots, of a run or of a comparison.",
            rich_help_panel=OFFLINE,
            dir_okay=False,
        ),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            help="Policies, with commas between; the others are compared to the first one.",
            rich_help_panel=COMPARE,
        ),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(min=1, max=10_000, help="Runs of each policy, from --seed on.", rich_help_panel=COMPARE),
    ] = 10,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help="Processes. Default: one a core.",
            show_default=False,
            rich_help_panel=COMPARE,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Folder of finished runs, which are not run again. Default: ~/.cache/navswap/runs",
            show_default=False,
            rich_help_panel=COMPARE,
            file_okay=False,
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Address of a Dask scheduler whose workers carry out the runs (extra `cluster`).",
            rich_help_panel=COMPARE,
        ),
    ] = None,
    regret: Annotated[
        bool,
        typer.Option(
            help="Compare each run to the best that its day allowed too; takes half as long again.",
            rich_help_panel=COMPARE,
        ),
    ] = True,
    into_database: Annotated[
        bool,
        typer.Option(
            "--into-database",
            help="Load the run into the database, as the days up to this one, so that trends look back on something.",
            rich_help_panel=OFFLINE,
        ),
    ] = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Agents use a running server through its public API, in real time.",
            rich_help_panel=LIVE,
        ),
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            help="Its GraphQL endpoint. Default: that of NAVSWAP_PUBLIC_URL",
            show_default=False,
            rich_help_panel=LIVE,
        ),
    ] = None,
    riders: Annotated[
        int, typer.Option(min=1, max=100_000, help="Riders, of those of the seeds.", rich_help_panel=LIVE)
    ] = 400,
    speed: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=1000,
            help="Minutes of the agents' lives in a minute of real time.",
            rich_help_panel=LIVE,
        ),
    ] = 1.0,
    rate: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=100_000,
            help="Swaps a minute to ask for, whatever the packs hold: a load generator.",
            rich_help_panel=LIVE,
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="End after so many minutes of real time.", rich_help_panel=LIVE),
    ] = None,
    compare_offline: Annotated[
        bool,
        typer.Option(
            "--compare-offline",
            help="The riders are those of the offline city in this hour; then it lives through the same span, and both are compared.",
            rich_help_panel=LIVE,
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a city live, offline in seconds or live through the public API.

    Offline, days of a city pass as fast as the machine allows, under a policy: riders choose, hold, ride, wait, swap or
    give up; packs charge and age; parts fail and are repaired. Every step is one of the rules that production runs. A
    table shows what it came to. The same seed gives the same result, and every policy meets the same riders.

    With --into-database the run ends with yesterday, and what it recorded is loaded into the database that the settings name:
    swaps, ended holds and the counts that forecasts look back on. Stock, custody and credits stay as they are, what is there
    already, too.

    With --compare, every policy lives through the same seeds, and a table shows the paired differences to the first one
    with 95 % confidence intervals, how much variance the pairing saved, and how far each is from the best that the days
    allowed (charging and rebalancing with everything known in advance). An interrupted comparison goes on where it was.

    The policy models asks the trained models where rules looks at last week's counts. It needs a past: before the days that
    count, eight days pass under nearest. Compared policies all go on from the end of the same eight days; then no best
    is computed.

    With --live, riders, stations, transporters, staff and shops are clients of a running server, over HTTP and
    websocket only: riders sign in, ask where to go, hold a pack, ride and report positions, show their code and swap.
    Stations charge as the charging plan says and report telemetry. One line shows how it goes; Ctrl-C ends it. The
    server's time is never touched: with --speed 10 an hour of the agents' lives passes in six minutes.
    """
    if live:
        _live(
            url,
            riders,
            seed,
            speed,
            rate,
            minutes,
            data_dir,
            compares_offline=compare_offline,
            as_json=as_json,
        )
        return
    from navswap.ml.folders import models_dir  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.seeding.files import seeds_dir  # noqa: PLC0415
    from navswap.simulation.offline import OfflineOptions  # noqa: PLC0415

    settings = load_settings(data_dir)
    options = OfflineOptions(
        seeds=seeds_dir(settings),
        policy=policy,
        days=days,
        seed=seed,
        stations=stations,
        slots=slots,
        network=network,
        scenarios=scenario or (),
        record=record,
        warm_up_days=warm_up,
        models=models_dir(settings),
    )
    if compare is not None:
        from navswap.cli import comparing  # noqa: PLC0415 - as above
        from navswap.simulation.tournament.command import ComparisonOptions  # noqa: PLC0415
        from navswap.simulation.tournament.run_file import default_folder  # noqa: PLC0415

        names = [name.strip() for name in compare.split(",") if name.strip()]
        if not names or len(set(names)) < len(names):
            raise typer.BadParameter("name each policy once, such as nearest,rules", param_hint="--compare")
        comparison = ComparisonOptions(
            options, names, seeds, workers, cluster, resume or default_folder(), computes_regret=regret
        )
        comparing.compare(comparison, report, as_json=as_json)
        return
    if into_database:
        from navswap.cli.past import live_a_past  # noqa: PLC0415 - as above

        live_a_past(options, load_settings(data_dir), Console(stderr=True, highlight=False))
        return
    _offline(options, report, as_json=as_json)


def _offline(options: "OfflineOptions", report: Path | None, *, as_json: bool) -> None:
    """Live through the days, and show what they came to."""
    from navswap.simulation.kpis import plain  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.simulation.offline import as_table, run_offline  # noqa: PLC0415

    console, days = Console(stderr=True, highlight=False), options.days
    with Progress(*Progress.get_default_columns(), console=console, transient=True) as bar:
        task = bar.add_task("Living through the days" if days > 1 else "Living through the day", total=1.0)
        result = run_offline(options, lambda share: bar.update(task, completed=share))
    if report is not None:
        from navswap.simulation.tournament.command import report_run  # noqa: PLC0415 - as above

        report_run(result, options, report)
    if as_json:
        sys.stdout.write(json.dumps(plain(asdict(result)), indent=2, allow_nan=False) + "\n")
    else:
        Console(highlight=False).print(as_table(result))


def _live(  # noqa: PLR0913 - the options of the command
    url: str | None,
    riders: int,
    seed: int,
    speed: float,
    rate: float | None,
    minutes: float | None,
    data_dir: Path | None,
    *,
    compares_offline: bool,
    as_json: bool,
) -> None:
    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415 - help needs none of it

    settings = load_settings(data_dir)
    configure_logging(
        settings.model_copy(update={"log_level": "WARNING"})
    )  # the HTTP client logs each request
    from navswap.simulation.live.command import LiveOptions, status_line  # noqa: PLC0415 - help needs none of it

    span = _span(settings, seed, speed, minutes) if compares_offline else None
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with console.status("Starting the agents") as status:
        say = status.update if console.is_terminal else console.print
        options = LiveOptions(
            url=url or f"{settings.public_url}/graphql",
            people=people_of(settings),
            roads=roads_of(settings),
            riders=riders,
            seed=seed,
            speed=speed,
            rate=rate,
            dealt=None if span is None else span.dealt(speed),
            minutes=minutes,
            show=lambda meter: say(status_line(meter)),
            show_seconds=TERMINAL_SECONDS if console.is_terminal else LOG_SECONDS,
        )
        report = asyncio.run(_run(options))
    said = report.as_json()
    if span is not None and options.dealt is not None:
        from navswap.simulation import agreement  # noqa: PLC0415 - as above
        from navswap.simulation.kpis import plain  # noqa: PLC0415

        compared = agreement.compare(report.meter, span.live_offline(options.dealt.stock))
        said["compared"] = plain([asdict(figure) for figure in compared])
        if not as_json:
            Console(highlight=False).print(agreement.as_table(compared))
    if as_json:
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        console.print(status_line(report.meter))


def _span(settings: Settings, seed: int, speed: float, minutes: float | None) -> "Span":
    """Return the span of the offline city that a live run from now on is compared to; raises SpanCrossesMidnightError."""
    from navswap.seeding.files import seeds_dir  # noqa: PLC0415 - takes seconds
    from navswap.simulation.agreement import Span  # noqa: PLC0415
    from navswap.simulation.world.city import City  # noqa: PLC0415

    if minutes is None:
        raise typer.BadParameter("say how long the run is, such as --minutes 10", param_hint="--minutes")
    city = City.from_seeds(seeds_dir(settings))
    local = SystemClock().now().astimezone(ZoneInfo(city.time_zone))
    return Span(city, seed, local, minutes * speed)


async def _run(options: "LiveOptions") -> "LiveReport":
    """Run until the time is over or a signal ends it; either way there is a report."""
    from navswap.simulation.live.command import run_live  # noqa: PLC0415 - as above

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return await run_live(options, ended)
