"""`navswap up`."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from navswap.cli.accounts import sign_in_all
from navswap.cli.configuration import read_settings
from navswap.cli.shell import RUN, AsJson, DataDir, command
from navswap.cli.welcome import Welcome
from navswap.devstack.child import Child, Grace, wait_until_ready
from navswap.devstack.compiled import keep_compiled_modules
from navswap.devstack.disk import is_full
from navswap.devstack.errors import DevStackError
from navswap.devstack.launcher import Launcher, find_launcher
from navswap.devstack.ports import free_port, require_free_port
from navswap.devstack.running import announce, as_fields, withdraw
from navswap.devstack.stack import DevStack, Progress
from navswap.devstack.supervision import Supervised
from navswap.seeding.city import read_city
from navswap.seeding.files import seeds_digest, seeds_dir
from navswap.settings import Settings

PASTED_ACCESS_MINUTES = 60
"""Life of an access token that a person is to paste; the longest that the settings allow."""
CITY_LIMITS = {"rate_limit_address_per_minute": 12_000, "rate_limit_sign_in_per_minute": 240}
"""Limits by address where the agents live: all of them have one. Those of a principal and of an account stay."""
PAST_MARK = "past-loaded"
"""The file of the data folder that says that the installation has its past."""
CITY_MARK = "city-loaded"
"""The file of the data folder that says which demonstration city was loaded; one that stands is not looked at again."""
PAST_OPTIONS = ("--days", "14", "--policy", "nearest", "--into-database")
"""Two weeks, so that what looks back a week finds one; under the quickest policy with holds."""
AGENTS_GRACE = Grace(5.0, 1.0)
"""What the agents get to end: they have nothing to finish."""
POLL_SECONDS = 0.2
ORPHAN_GRACE_SECONDS = 2.0
"""What API and worker get once `up` was killed: their stores end at the same moment, so there is nothing to finish."""


@dataclass(slots=True)
class Processes:
    """What `up` looks after: what all depends on, and the agents, which none does; None once they are given up.

    `past` is the process that simulates and loads what was before the first start; None where there is none, or it is done.
    """

    needed: Sequence[Supervised]
    agents: Supervised | None = None
    past: Child | None = None


@command(
    RUN,
    "navswap up",
    "navswap up --port 9000 --data-dir /var/tmp/navswap",
    "navswap up --no-twin --no-history   # the demonstration city stands still, and has no past",
    "navswap up --no-seed   # an empty network, for navswap seed --stations FILE",
    "navswap up --json | jq -r '.accounts[0].access_token'",
)
def up(
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Port of the API. Default: NAVSWAP_PORT, else 8000", show_default=False
        ),
    ] = None,
    data_dir: DataDir = None,
    seed: Annotated[
        bool, typer.Option(help="Load the demonstration city; a second time changes nothing.")
    ] = True,
    twin: Annotated[
        bool, typer.Option(help="Let riders, stations and staff of the demonstration city live in it.")
    ] = True,
    riders: Annotated[int, typer.Option(min=1, max=400, help="Riders who live in it.")] = 400,
    history: Annotated[
        bool, typer.Option(help="Give a new installation a simulated past of two weeks, in the background.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run everything on this machine: stores, API and worker, with a demonstration city.

    MongoDB (a replica set), Redis and a Kafka-protocol broker are started as child processes from the dependency
    group `embedded`, on the loopback address, with their data and logs in the data directory. A server that
    NAVSWAP_MONGO_URL, NAVSWAP_REDIS_URL or NAVSWAP_KAFKA_BOOTSTRAP names is connected to instead. Once all is
    ready, one screen shows the URLs, demonstration accounts with access tokens, and what to try. An API or a worker that dies is started again. The city
    lives: a further process uses the API as its riders, stations and staff would. Ctrl-C ends all of it; the next start finds the data again.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell lets what it starts with & ignore SIGINT
        signal.signal(number, signal.default_int_handler)
    launcher = find_launcher()
    console = Console(stderr=True, highlight=False)
    try:
        with ExitStack() as running:
            with console.status("Starting NavSwap") as status:
                stack, processes, welcome = _start_all(
                    running,
                    port,
                    data_dir,
                    seed=seed,
                    riders=riders if seed and twin else 0,
                    progress=console.print,
                    step=status.update,
                )
                if seed and history:
                    processes.past = _start_past(running, stack, console.print)
            _show(welcome, as_json=as_json)
            _watch(stack, processes, launcher, console.print)
    except KeyboardInterrupt:
        console.print("Stopped.")


def _start_all(
    running: ExitStack,
    port: int | None,
    data_dir: Path | None,
    *,
    seed: bool,
    riders: int,
    progress: Progress,
    step: Callable[[str], None],
) -> tuple[DevStack, Processes, Welcome]:
    """Start the servers, seed, start web, worker and the agents; `running` ends in reverse order what was started."""
    asked = read_settings()
    chosen_port = port or asked.port
    require_free_port(asked.host, chosen_port, "--port")
    stack = DevStack.from_settings(data_dir or asked.data_dir, asked)
    keep_compiled_modules(stack.data_dir)
    stack.start(progress)
    running.callback(stack.stop)
    environment = (
        stack.environment()
        | _process_environment(asked, chosen_port, riders)
        | (_demonstration_environment(asked) if seed else {})
        | archives(asked, stack.data_dir)
    )
    settings = read_settings(**as_fields(environment))
    if seed:
        step("Loading the demonstration city")
        progress(_load_demonstration(settings, stack))
    step("Starting the API and the worker")
    processes = [_start(running, stack, part, environment) for part in ("worker", "serve")]
    for process, own_port in zip(processes, (settings.worker_port, settings.port), strict=True):
        wait_until_ready(process.child, partial(_is_ready, settings.host, own_port), waiting=step)
    announce(stack.data_dir, environment)
    running.callback(withdraw, stack.data_dir)
    progress("API and worker ready")
    welcome = Welcome(
        base_url=settings.public_url,
        data_dir=stack.data_dir,
        servers=stack.environment(),
        accounts=sign_in_all(f"http://{settings.host}:{settings.port}/graphql", settings) if seed else [],
    )
    if not riders:
        return stack, Processes(processes), welcome
    url = f"http://{settings.host}:{settings.port}/graphql"
    agents = _start(running, stack, "simulate", environment, "--live", "--riders", str(riders), "--url", url)
    progress(f"The city lives: {riders} riders (--no-twin leaves them out)")
    return stack, Processes(processes, agents), welcome


def _start_past(running: ExitStack, stack: DevStack, progress: Progress) -> Child | None:
    """Let the days before this one be lived and loaded, once; None where that was done at an earlier start."""
    done = stack.data_dir / PAST_MARK
    if done.exists():
        return None
    past = Child(
        "simulate",
        [sys.executable, "-m", "navswap", "simulate", *PAST_OPTIONS],
        stack.log_dir / "past.log",
        environment=stack.environment() | archives(read_settings(), stack.data_dir),
        grace=AGENTS_GRACE,
        held=stack.held,
    )
    running.callback(past.stop)
    progress("A past of two weeks is being simulated and loaded (--no-history leaves it out)")
    return past


def archives(asked: Settings, data_dir: Path) -> dict[str, str]:
    """Return where an installation keeps what happens and the simulated past before it, unless the settings say otherwise.

    The past is kept as an archive of its own: the models look back on both.
    """
    folders = {"archive_url": "archive", "past_url": "past"}
    return {
        f"NAVSWAP_{name.upper()}": str(data_dir / folder)
        for name, folder in folders.items()
        if name not in asked.model_fields_set
    }


def _process_environment(asked: Settings, port: int, riders: int) -> dict[str, str]:
    """Return the variables of API and worker: their ports, and an hour for tokens that a person is to paste.

    With riders, limits by address leave room for a whole city behind the one loopback address, and for who looks at it.
    """
    variables = {"NAVSWAP_PORT": str(port)}
    if "worker_port" not in asked.model_fields_set:
        variables["NAVSWAP_WORKER_PORT"] = str(free_port())
    if "public_url" not in asked.model_fields_set:
        variables["NAVSWAP_PUBLIC_URL"] = f"http://{asked.host}:{port}"
    if "access_token_minutes" not in asked.model_fields_set:
        variables["NAVSWAP_ACCESS_TOKEN_MINUTES"] = str(PASTED_ACCESS_MINUTES)
    for name, limit in CITY_LIMITS.items() if riders else ():
        if name not in asked.model_fields_set:
            variables[f"NAVSWAP_{name.upper()}"] = str(limit)
    return variables


def _demonstration_environment(asked: Settings) -> dict[str, str]:
    """Return where the demonstration city is, unless the settings say where the network is."""
    if "time_zone" in asked.model_fields_set:
        return {}
    return {"NAVSWAP_TIME_ZONE": read_city(seeds_dir(asked)).time_zone}


def _load_demonstration(settings: Settings, stack: DevStack) -> str:
    """Load the city unless the database of this data folder has it, in this version; return in a line what was done."""
    version = seeds_digest(seeds_dir(settings))
    mark = stack.data_dir / CITY_MARK
    if stack.keeps_mongo and mark.exists() and mark.read_text() == version:
        return "Network as it was left"
    from navswap.cli.demonstration import load_demonstration  # noqa: PLC0415 - takes seconds

    done = asyncio.run(load_demonstration(settings))
    if stack.keeps_mongo:
        mark.write_text(version)
    return done


def _start(
    running: ExitStack, stack: DevStack, command: str, environment: dict[str, str], *options: str
) -> Supervised:
    grace = AGENTS_GRACE if options else Grace(15, ORPHAN_GRACE_SECONDS)

    def start(*, keep_log: bool) -> Child:
        return Child(
            command,
            [sys.executable, "-m", "navswap", command, *options],
            stack.log_dir / f"{command}.log",
            environment=environment,
            grace=grace,
            held=stack.held,
            keep_log=keep_log,
        )

    process = Supervised(start)
    running.callback(process.stop)
    return process


def _is_ready(host: str, port: int) -> bool:
    """Return whether a process reports that all its parts answer."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        report = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return bool(report["status"] == "ready")


def _show(welcome: Welcome, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(welcome.as_json()) + "\n")
        sys.stdout.flush()
    else:
        console = Console(highlight=False, soft_wrap=True)
        for line in welcome.lines():
            console.print(line)


def _watch(stack: DevStack, processes: Processes, launcher: Launcher | None, say: Progress) -> NoReturn:
    """Return never: start API and worker again when they die; raise DevStackError when a store ends, or they do too often.

    The error has the end of the log of what ended, and says so where the disk is full.
    """
    while True:
        if launcher is not None and launcher.is_gone():
            raise DevStackError("`uv run`, which started it, was killed; all is stopped")
        for server in stack.children():
            if (code := server.exit_code()) is not None:
                raise _stopped(f"{server.name} ended with code {code}", server, stack.data_dir)
        for process in processes.needed:
            ended = process.child
            try:
                said = process.look()
            except DevStackError as error:
                raise _stopped(error.message, ended, stack.data_dir) from error
            if said is not None:
                say(said)
        _look_after_agents(processes, say)
        _look_after_past(processes, stack.data_dir, say)
        time.sleep(POLL_SECONDS)


def _look_after_agents(processes: Processes, say: Progress) -> None:
    """Start the agents again when they ended; after too many times leave it, for the rest needs them not."""
    if processes.agents is None:
        return
    try:
        said = processes.agents.look()
    except DevStackError as error:
        log = processes.agents.child.log
        processes.agents = None
        said = f"{error.message}; the city stands still from now on, all else runs. Its log: {log}"
    if said is not None:
        say(said)


def _look_after_past(processes: Processes, data_dir: Path, say: Progress) -> None:
    """Say when the past is there; without it all else runs, and the next start tries again."""
    past = processes.past
    if past is None or (code := past.exit_code()) is None:
        return
    processes.past = None
    if code == 0:
        (data_dir / PAST_MARK).touch()
        say(next(iter(past.last_lines(1)), "The past is loaded."))
    else:
        say(f"The past could not be loaded (code {code}); the next start tries again. Its log: {past.log}")


def _stopped(what: str, child: Child, data_dir: Path) -> DevStackError:
    full = f" The disk that holds {data_dir} is full." if is_full(data_dir) else ""
    tail = "".join(f"{os.linesep}  {line}" for line in child.last_lines())
    return DevStackError(f"{what}; all is stopped.{full} Its log, {child.log}:{tail}")
