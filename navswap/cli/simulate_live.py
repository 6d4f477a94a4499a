"""`navswap simulate --live`: agents as clients of a running server."""

import asyncio
import json
import signal
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from navswap.cli.agents import people_of, roads_of
from navswap.infra.telemetry import configure_logging
from navswap.kit.clock import SystemClock
from navswap.seeding.files import seeds_dir
from navswap.settings import Settings
from navswap.simulation.live.command import LiveOptions, LiveReport, run_live, status_line

if TYPE_CHECKING:
    from navswap.simulation.agreement import Span

TERMINAL_SECONDS, LOG_SECONDS = 1.0, 60.0
"""Between two lines that say how a live run goes: on a terminal, which shows the last one only, and in a log."""


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What is asked for: `rate` in swaps a minute, None as packs drain; `minutes` of real time, None without an end."""

    url: str | None
    riders: int
    seed: int
    speed: float
    rate: float | None
    minutes: float | None
    compares_offline: bool


def live(asked: LiveRequest, settings: Settings, *, as_json: bool) -> None:
    """Let agents live against a running server, and show how it goes and what it came to."""
    quiet = {"log_level": "WARNING"}  # the HTTP client logs each request
    configure_logging(settings.model_copy(update=quiet))
    span = _span(settings, asked) if asked.compares_offline else None
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with console.status("Starting the agents") as status:
        say = status.update if console.is_terminal else console.print
        options = LiveOptions(
            url=asked.url or f"{settings.public_url}/graphql",
            people=people_of(settings),
            roads=roads_of(settings),
            riders=asked.riders,
            seed=asked.seed,
            speed=asked.speed,
            rate=asked.rate,
            dealt=None if span is None else span.dealt(asked.speed),
            minutes=asked.minutes,
            show=lambda meter: say(status_line(meter)),
            show_seconds=TERMINAL_SECONDS if console.is_terminal else LOG_SECONDS,
        )
        report = asyncio.run(_run(options))
    said = report.as_json()
    if span is not None and options.dealt is not None:
        from navswap.simulation import agreement  # noqa: PLC0415 - the offline twin, which few live runs need
        from navswap.simulation.kpis import plain  # noqa: PLC0415

        compared = agreement.compare(report.meter, span.live_offline(options.dealt.stock))
        said["compared"] = plain([asdict(figure) for figure in compared])
        if not as_json:
            Console(highlight=False).print(agreement.as_table(compared))
    if as_json:
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        console.print(status_line(report.meter))


def _span(settings: Settings, asked: LiveRequest) -> "Span":
    """Return the span of the offline city that a live run from now on is compared to; raises SpanCrossesMidnightError."""
    from navswap.simulation.agreement import Span  # noqa: PLC0415 - as above
    from navswap.simulation.world.city import City  # noqa: PLC0415

    if asked.minutes is None:
        raise typer.BadParameter("say how long the run is, such as --minutes 10", param_hint="--minutes")
    city = City.from_seeds(seeds_dir(settings))
    local = SystemClock().now().astimezone(ZoneInfo(city.time_zone))
    return Span(city, asked.seed, local, asked.minutes * asked.speed)


async def _run(options: LiveOptions) -> LiveReport:
    """Run until the time is over or a signal ends it; either way there is a report."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return await run_live(options, ended)
