"""The options of `navswap simulate`: what each is called, bounded by, and explained as."""

from pathlib import Path
from typing import Annotated

import typer

OFFLINE, LIVE = "Offline: days in seconds, on the rules themselves", "Live: agents against a running server"
COMPARE = "Compare: what policies are worth, offline"

Seed = Annotated[int, typer.Option(help="Seed of all that chance decides: the same seed, the same run.")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="Days to live through.", rich_help_panel=OFFLINE)]
PolicyName = Annotated[
    str,
    typer.Option(
        help="Rules that run the network: do-nothing, nearest, less-demand-first, rules or models.",
        rich_help_panel=OFFLINE,
    ),
]
StationCount = Annotated[
    int | None,
    typer.Option(min=1, max=10_000, help="Stations. Default: all of the city.", rich_help_panel=OFFLINE),
]
SlotCount = Annotated[
    int | None,
    typer.Option(
        min=2, max=200, help="Slots of every station, demand in proportion.", rich_help_panel=OFFLINE
    ),
]
NetworkFile = Annotated[
    Path | None,
    typer.Option(
        help="A stations file instead of the demonstration city.", rich_help_panel=OFFLINE, exists=True
    ),
]
Near = Annotated[
    str | None,
    typer.Option(
        metavar="LATITUDE,LONGITUDE",
        help="Take the --stations of the --network that are nearest to here. Default: its centre.",
        show_default=False,
        rich_help_panel=OFFLINE,
    ),
]
TimeZone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Time zone (IANA name) of the --network's stations, where their file names none. Default: NAVSWAP_TIME_ZONE.",
        show_default=False,
        rich_help_panel=OFFLINE,
    ),
]
ShowLost = Annotated[
    bool,
    typer.Option(
        "--lost", help="Show who was lost: when, where, with what, and why.", rich_help_panel=OFFLINE
    ),
]
ShowWaits = Annotated[
    bool,
    typer.Option(
        "--waits",
        help="Show what riders waited for: the kiosk, packs, or a ride to another station; when and where.",
        rich_help_panel=OFFLINE,
    ),
]
ScenarioFiles = Annotated[
    list[Path] | None,
    typer.Option(
        help="A TOML file of what is different; several combine.", rich_help_panel=OFFLINE, exists=True
    ),
]
WarmUpDays = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=365,
        help="Days before those that count, lived through under nearest: the past that forecasts look back on. "
        "Default: 8 where a policy asks models, else none.",
        show_default=False,
        rich_help_panel=OFFLINE,
    ),
]
RecordInto = Annotated[
    str | None,
    typer.Option(
        help="Archive (folder or object store URL) that the run is recorded in.", rich_help_panel=OFFLINE
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        help="HTML file to write with plots, of a run or of a comparison.",
        rich_help_panel=OFFLINE,
        dir_okay=False,
    ),
]
Compared = Annotated[
    str | None,
    typer.Option(
        help="Policies, with commas between; the others are compared to the first one.",
        rich_help_panel=COMPARE,
    ),
]
SeedCount = Annotated[
    int,
    typer.Option(min=1, max=10_000, help="Runs of each policy, from --seed on.", rich_help_panel=COMPARE),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1000,
        help="Processes. Default: one a core.",
        show_default=False,
        rich_help_panel=COMPARE,
    ),
]
ResumeFolder = Annotated[
    Path | None,
    typer.Option(
        help="Folder of finished runs, which are not run again. Default: ~/.cache/navswap/runs",
        show_default=False,
        rich_help_panel=COMPARE,
        file_okay=False,
    ),
]
ClusterAddress = Annotated[
    str | None,
    typer.Option(
        help="Address of a Dask scheduler whose workers carry out the runs (extra `cluster`).",
        rich_help_panel=COMPARE,
    ),
]
WithRegret = Annotated[
    bool,
    typer.Option(
        help="Compare each run to the best that its day allowed too; takes half as long again.",
        rich_help_panel=COMPARE,
    ),
]
IntoDatabase = Annotated[
    bool,
    typer.Option(
        "--into-database",
        help="Load the run into the database, as the days up to this one, so that trends look back on something.",
        rich_help_panel=OFFLINE,
    ),
]
IsLive = Annotated[
    bool,
    typer.Option(
        "--live",
        help="Agents use a running server through its public API, in real time.",
        rich_help_panel=LIVE,
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        help="Its GraphQL endpoint. Default: that of NAVSWAP_PUBLIC_URL",
        show_default=False,
        rich_help_panel=LIVE,
    ),
]
RiderCount = Annotated[
    int, typer.Option(min=1, max=100_000, help="Riders, of those of the seeds.", rich_help_panel=LIVE)
]
Speed = Annotated[
    float,
    typer.Option(
        min=0.1,
        max=1000,
        help="Minutes of the agents' lives in a minute of real time.",
        rich_help_panel=LIVE,
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=100_000,
        help="Swaps a minute to ask for, whatever the packs hold: a load generator.",
        rich_help_panel=LIVE,
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(min=0.01, help="End after so many minutes of real time.", rich_help_panel=LIVE),
]
CompareOffline = Annotated[
    bool,
    typer.Option(
        "--compare-offline",
        help="The riders are those of the offline city in this hour; then it lives through the same span, and both are compared.",
        rich_help_panel=LIVE,
    ),
]
