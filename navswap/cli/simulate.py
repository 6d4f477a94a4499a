"""`navswap simulate`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import Progress

from navswap.cli import simulate_options as option
from navswap.cli.configuration import load_settings
from navswap.cli.shell import RUN, AsJson, DataDir, command
from navswap.kit.geo import Point
from navswap.kit.time_zones import require_time_zone
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.simulation.offline import OfflineOptions


@command(
    RUN,
    "navswap simulate --days 7 --policy rules",
    "navswap simulate --stations 1000 --slots 26 --policy nearest --json",
    "navswap simulate --network stations.json --scenario festival.toml --scenario heat.toml",
    "navswap simulate --policy rules --days 2 --lost   # who found no packs: when, where, with what, and why",
    "navswap simulate --policy rules --days 2 --waits   # what riders waited for, when and where",
    "navswap simulate --network stations.json --stations 300 --near 25.048,121.517 --time-zone Asia/Taipei",
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
    seed: option.Seed = 1,
    days: option.Days = 1,
    policy: option.PolicyName = "rules",
    stations: option.StationCount = None,
    slots: option.SlotCount = None,
    network: option.NetworkFile = None,
    near: option.Near = None,
    time_zone: option.TimeZone = None,
    scenario: option.ScenarioFiles = None,
    warm_up: option.WarmUpDays = None,
    record: option.RecordInto = None,
    report: option.ReportFile = None,
    lost: option.ShowLost = False,
    waits: option.ShowWaits = False,
    compare: option.Compared = None,
    seeds: option.SeedCount = 10,
    workers: option.Workers = None,
    resume: option.ResumeFolder = None,
    cluster: option.ClusterAddress = None,
    regret: option.WithRegret = True,
    into_database: option.IntoDatabase = False,
    live: option.IsLive = False,
    url: option.Url = None,
    riders: option.RiderCount = 400,
    speed: option.Speed = 1.0,
    rate: option.Rate = None,
    minutes: option.Minutes = None,
    compare_offline: option.CompareOffline = False,
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
    settings = load_settings(data_dir)
    if live:
        from navswap.cli import simulate_live  # noqa: PLC0415 - these take seconds, and help needs none of them

        asked = simulate_live.LiveRequest(url, riders, seed, speed, rate, minutes, compare_offline)
        simulate_live.live(asked, settings, as_json=as_json)
        return
    from navswap.ml.folders import models_dir  # noqa: PLC0415 - as above
    from navswap.seeding.files import seeds_dir  # noqa: PLC0415
    from navswap.simulation.offline import OfflineOptions  # noqa: PLC0415

    offline = OfflineOptions(
        seeds=seeds_dir(settings),
        policy=policy,
        days=days,
        seed=seed,
        stations=stations,
        slots=slots,
        network=network,
        near=_place(near, network, stations),
        time_zone=_zone(time_zone, settings),
        scenarios=scenario or (),
        record=record,
        warm_up_days=warm_up,
        models=models_dir(settings),
    )
    if network is not None:
        for made_up in offline.city().warnings:
            Console(stderr=True, highlight=False, soft_wrap=True).print(made_up)
    if compare is not None:
        from navswap.cli import comparing  # noqa: PLC0415 - as above
        from navswap.simulation.tournament.command import ComparisonOptions  # noqa: PLC0415
        from navswap.simulation.tournament.run_file import default_folder  # noqa: PLC0415

        names, folder = _named(compare), resume or default_folder()
        asked_of_all = ComparisonOptions(
            offline, names, seeds, workers, cluster, folder, computes_regret=regret
        )
        comparing.compare(asked_of_all, report, as_json=as_json)
    elif into_database:
        from navswap.cli.past import live_a_past  # noqa: PLC0415 - as above

        live_a_past(offline, settings, Console(stderr=True, highlight=False))
    else:
        _offline(offline, report, as_json=as_json, shows_lost=lost, shows_waits=waits)


def _place(near: str | None, network: Path | None, stations: int | None) -> Point | None:
    """Return the place of --near; raises BadParameter where it is none, or says nothing without --network and --stations."""
    if near is None:
        return None
    if network is None or stations is None:
        raise typer.BadParameter("say of which --network, and how many --stations", param_hint="--near")
    try:
        latitude, longitude = map(float, near.split(","))
        return Point(longitude, latitude)
    except ValueError as error:
        raise typer.BadParameter(
            "give degrees of latitude and longitude, such as 25.048,121.517", param_hint="--near"
        ) from error


def _zone(named: str | None, settings: Settings) -> str:
    """Return the time zone of --time-zone, or else that of the settings; raises InvalidInputError for none."""
    if named is not None:
        require_time_zone(named, "--time-zone")
    return named or settings.time_zone


def _named(compared: str) -> list[str]:
    """Return the policies of --compare; raises BadParameter for none, or one that is named twice."""
    names = [name.strip() for name in compared.split(",") if name.strip()]
    if not names or len(set(names)) < len(names):
        raise typer.BadParameter("name each policy once, such as nearest,rules", param_hint="--compare")
    return names


def _offline(
    options: "OfflineOptions", report: Path | None, *, as_json: bool, shows_lost: bool, shows_waits: bool
) -> None:
    """Live through the days, and show what they came to."""
    from navswap.simulation.kpis import plain  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.simulation.offline import as_table, lost_table, run_offline, waits_table  # noqa: PLC0415

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
        console = Console(highlight=False)
        console.print(as_table(result))
        if shows_lost:
            console.print(lost_table(result, options.city()))
        if shows_waits:
            console.print(waits_table(result, options.city()))
