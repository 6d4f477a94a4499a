"""`navswap bench`: figures of the use cases that matter, beside a raw reference."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from navswap.cli.configuration import read_settings
from navswap.cli.shell import LOOK, AsJson, app, command, shown
from navswap.settings import Settings

if TYPE_CHECKING:
    from navswap.bench.contest import Progress
    from navswap.bench.predict import PredictReport
    from navswap.bench.report import Report
    from navswap.bench.twin import TwinReport

RESERVE_EXAMPLES = (
    "navswap bench reserve",
    "navswap bench reserve --rounds 9 --seconds 5 --concurrency 8",
    "navswap bench reserve --concurrency 50 --pause 1   # how long 50 riders wait who come once a second",
    "navswap bench reserve --json | jq '.comparisons[] | {name, ratio: .ratio.median}'",
)
POSITIONS_EXAMPLES = (
    "navswap bench positions",
    "navswap bench positions --json > positions.json",
    "NAVSWAP_KAFKA_BOOTSTRAP=127.0.0.1:9092 navswap bench positions   # on a real Kafka",
)
MOVERS_EXAMPLES = ("navswap bench movers", "navswap bench movers --rounds 1 --seconds 30 --json")
PLAN_EXAMPLES = ("navswap bench plan", "navswap bench plan --stations 500 --stations 5000 --rounds 9")
SHED_EXAMPLES = ("navswap bench shed", "navswap bench shed --stations 200 --rounds 9")
TWIN_EXAMPLES = ("navswap bench twin", "navswap bench twin --stations 1000 --policy rules --rounds 3")
PREDICT_EXAMPLES = ("navswap bench predict", "navswap bench predict --rows 100 --json")
LISTS_EXAMPLES = (
    "navswap bench lists",
    "navswap bench lists --json | jq '.comparisons[] | {name, ratio: .ratio.median}'",
)
FLOOR_EXAMPLES = ("navswap bench floor", "navswap bench floor --rounds 9 --json")
FANOUT_EXAMPLES = ("navswap bench fanout", "navswap bench fanout --clients 100 --json")
LIVE_EXAMPLES = ("navswap bench live", "navswap bench live --rate 50 --seconds 30")

benches = typer.Typer(no_args_is_help=True)
app.add_typer(
    benches,
    name="bench",
    help="Measure what matters on this machine, beside a raw reference in the same run.\n\n"
    "Servers that NAVSWAP_MONGO_URL, NAVSWAP_REDIS_URL and NAVSWAP_KAFKA_BOOTSTRAP do not name are started in a "
    "temporary folder. What a bench writes has a database, a prefix and topics of its own, which are removed at the "
    "end; nothing else is touched. It loads the servers for its time: do not name those of a network at work.",
    epilog=shown(
        RESERVE_EXAMPLES[0], POSITIONS_EXAMPLES[0], LIVE_EXAMPLES[0], PLAN_EXAMPLES[0], SHED_EXAMPLES[0]
    ),
    rich_help_panel=LOOK,
)

Rounds = Annotated[
    int,
    typer.Option(min=1, max=1000, help="Rounds; in each of them both sides take their turns, NavSwap first."),
]
Seconds = Annotated[float, typer.Option(min=0.1, max=600, help="Seconds of each turn.")]
Concurrency = Annotated[
    int,
    typer.Option(min=1, max=500, help="Callers at a time; each waits for its answer before the next call."),
]


@command(LOOK, *RESERVE_EXAMPLES, group=benches)
def reserve(
    rounds: Rounds = 5,
    seconds: Seconds = 3.0,
    concurrency: Concurrency = 16,
    stations: Annotated[
        int, typer.Option(min=1, max=5000, help="Stations, with 10 charged packs each.")
    ] = 300,
    pause: Annotated[
        float,
        typer.Option(
            min=0,
            max=60,
            help="Seconds that each caller pauses after an answer: 0 shows what is possible, 1 what riders feel.",
        ),
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Measure confirmed holds a second, beside a raw transaction of the same writes.

    The candidate is the whole use case, HoldService.confirm: idempotency key, station, rider position, forecast, then the
    transaction with its reads. The reference only writes, by the bare driver: it updates the pack and the station,
    and inserts the entry, the fence and the events, with the same concerns and as many at a time. First every rider
    is at another station, then all crowd at one, so that their transactions conflict. After every turn the holds in
    the database are counted; a turn ends early when all packs are promised.

    Ratio is our rate over that of the reference in the same round. Latencies are those of all rounds together.
    """
    from navswap.bench.contest import Pace  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.bench.reserve import bench_reserve  # noqa: PLC0415

    pace = Pace(rounds, seconds, concurrency, pause)
    _run(lambda servers, progress: bench_reserve(servers, pace, stations, progress), as_json=as_json)


@command(LOOK, *POSITIONS_EXAMPLES, group=benches)
def positions(
    rounds: Rounds = 5,
    seconds: Seconds = 3.0,
    concurrency: Concurrency = 16,
    riders: Annotated[
        int,
        typer.Option(min=50, max=50_000, help="Riders on the worker's side, each with a watched fence."),
    ] = 2000,
    as_json: AsJson = False,
) -> None:
    """Measure accepted GPS points a second, beside a raw produce of the same messages.

    The candidate is the whole use case, PositionService.report: who may report for whom, the filter with what Redis remembers
    of each rider, Kafka, and the latest positions in Redis. The reference hands as many messages of the same size to
    Kafka, which hold the same points. Batches of 20 and 100 points of many riders come as from a gateway, those of
    one rider as from a phone.

    Then the worker's side, PositionConsumer.handle: the log of points, a watched fence for each rider, and the probes of
    the traffic map, one poll of messages after the other, whatever the concurrency. The reference inserts the same points
    into a time series and does no more. Kafka is in neither.

    At last, single points at a steady pace: from the report until a watcher of the live hub is handed the point.
    """
    from navswap.bench.contest import Pace  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.bench.positions import bench_positions  # noqa: PLC0415

    pace = Pace(rounds, seconds, concurrency)
    _run(lambda servers, progress: bench_positions(servers, pace, riders, progress), as_json=as_json)


@command(LOOK, *MOVERS_EXAMPLES, group=benches)
def movers(
    rounds: Rounds = 3,
    seconds: Seconds = 10.0,
    clients: Annotated[int, typer.Option(min=1, max=1000, help="Who reports, a batch every 2 s.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Measure the whole way of positions, in processes as `navswap serve` and `navswap worker` run them.

    Clients send batches of 50 points every 2 s over HTTP, 200 of them 5,000 points a second; the worker logs the points and moves
    a watched fence for each rider, and 100 subscribers of areas are sent what moves in theirs. First the clients are
    gateways, whose batches have a point each of 50 riders, then phones with 50 points of their own. A client that waits for
    its answer sends later: where the machine is too slow, less comes in.
    """
    from navswap.bench.contest import Pace  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.bench.movers import bench_movers  # noqa: PLC0415

    pace = Pace(rounds, seconds, clients)
    _run(lambda servers, progress: bench_movers(servers, pace, progress), as_json=as_json)


@command(LOOK, *LISTS_EXAMPLES, group=benches)
def lists(
    rounds: Rounds = 5, seconds: Seconds = 3.0, concurrency: Concurrency = 16, as_json: AsJson = False
) -> None:
    """Measure lists of stations over HTTP, beside a bare route and beside Mercurius.

    The candidate is the whole production stack: a web process as `navswap serve` runs it, a signed-in client, limits, cost and
    metrics. One reference is a Starlette route on the same server that dumps the same objects, ready dictionaries, with orjson;
    the other is Mercurius with jit on the same objects, where Node and npm are (its packages are fetched into the user's cache).
    All answers are compared first. Lists of 20 are measured also while 20 stations a second change, beside both sides alike: an answer that is
    kept is worked out again after each change. The load comes from wrk where it is installed, else from a client in a process of its own.
    """
    from navswap.bench.contest import Pace  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.bench.lists import bench_lists  # noqa: PLC0415

    pace = Pace(rounds, seconds, concurrency)
    _run(lambda servers, progress: bench_lists(servers, pace, 1000, progress), as_json=as_json)


@command(LOOK, *FLOOR_EXAMPLES, group=benches)
def floor(
    rounds: Rounds = 5, seconds: Seconds = 3.0, concurrency: Concurrency = 16, as_json: AsJson = False
) -> None:
    """Measure the smallest operations over HTTP, signed in, beside a bare route.

    `{ __typename }` is what every operation costs at least, a station by its id what a point query does. The reference is a
    Starlette route on the same server that dumps the answer.
    """
    from navswap.bench.contest import Pace  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.bench.lists import bench_floor  # noqa: PLC0415

    pace = Pace(rounds, seconds, concurrency)
    _run(lambda servers, progress: bench_floor(servers, pace, progress), as_json=as_json)


@command(LOOK, *FANOUT_EXAMPLES, group=benches)
def fanout(
    rounds: Rounds = 5,
    seconds: Seconds = 3.0,
    clients: Annotated[int, typer.Option(min=1, max=5000, help="Websockets, each of another rider.")] = 500,
    memory_events: Annotated[
        int,
        typer.Option(
            min=0,
            max=10_000_000,
            help="Then send so many events, and show the size of the web process at each tenth.",
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how many deliveries of events a web process makes to websocket clients, beside a raw broadcast.

    The candidate is the whole way of changes of one station, from Kafka to the sockets: first all clients have the same
    subscription, and are sent 20 events at once, or one at a time; then they have 20 different ones. The reference is a
    Starlette app on the same server that sends an encoded text of the same size to as many sockets each time that it is
    asked by HTTP: the ratio compares the whole way of an event with a single request. The clock begins when the event is
    handed to Kafka, or the request sent, and ends when all clients have it. Where events come one at a time and
    "from Kafka on", the reference is such an app that reads the same changes, written in the same way, from a topic of its
    own with a plain aiokafka consumer: that ratio is what fan-out itself costs. The clients are a process of their own that
    only counts frames.
    """
    from navswap.bench.contest import Pace  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.bench.fanout import bench_fanout  # noqa: PLC0415

    pace = Pace(rounds, seconds, 1)
    _run(
        lambda servers, progress: bench_fanout(servers, pace, clients, progress, memory_events=memory_events),
        as_json=as_json,
    )


@command(LOOK, *LIVE_EXAMPLES, group=benches)
def live(
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds of load.")] = 15.0,
    rate: Annotated[
        float, typer.Option(min=0.1, max=1000, help="Holds confirmed a second, at a steady pace.")
    ] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Measure how long an update takes from the use case to a subscriber.

    Holds are confirmed at a steady pace at many stations, each of which has a subscriber to its queue. The update
    goes the whole way: outbox, relay, Kafka, hub, stream. Relay and hub run in the process of the bench; the
    websocket is not part of it. Twenty holds a second is the peak that the network is built for.
    """
    from navswap.bench.live import bench_live  # noqa: PLC0415 - takes seconds, and help needs none of it

    _run(lambda servers, progress: bench_live(servers, seconds, rate, progress), as_json=as_json)


@command(LOOK, *PLAN_EXAMPLES, group=benches)
def plan(
    rounds: Rounds = 5,
    seconds: Seconds = 3.0,
    stations: Annotated[
        list[int] | None,
        typer.Option(min=2, max=20_000, help="Stations; give it again for another size. 100, 1000 and 2500."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure rebalancing plans, beside the bare time of the optimiser.

    The candidate is the whole use case, RebalancingService.plan as a dry run: stations, jobs under way and the demand of last
    week are read, surplus and deficit decided, the flow solved, the decision stored with its inputs. Then the
    pure rule alone, without the database. The reference is OR-Tools' min-cost flow on the same arcs, ready made. A plan
    that does not move what the optimiser moves ends the bench.
    """
    from navswap.bench.plan import SIZES, bench_plan  # noqa: PLC0415 - takes seconds, and help needs none of it

    sizes = tuple(stations or SIZES)
    _run(lambda servers, progress: bench_plan(servers, rounds, seconds, sizes, progress), as_json=as_json)


@command(LOOK, *SHED_EXAMPLES, group=benches)
def shed(
    rounds: Rounds = 5,
    stations: Annotated[int, typer.Option(min=1, max=1000, help="Stations, with 10 packs each.")] = 590,
    as_json: AsJson = False,
) -> None:
    """Measure how long it takes from the order to draw less until the chargers get the command.

    Every station charges as much as it may, and one of its packs is promised to a rider and not ready. The order goes
    the whole way: new plan, outbox, relay, Kafka, hub, stream. First 60 stations are shed one after the other, then
    all of them by one order. Commands that pass the limit, break a promise, or of one order are committed after more than 3 s or
    received after more than 4 s, end the bench.
    """
    from navswap.bench.shed import bench_shed  # noqa: PLC0415 - takes seconds, and help needs none of it

    _run(lambda servers, progress: bench_shed(servers, rounds, stations, progress), as_json=as_json)


@command(LOOK, *TWIN_EXAMPLES, group=benches)
def twin(
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds; the twin first in each.")] = 3,
    policy: Annotated[str, typer.Option(help="The policy of the day.")] = "nearest",
    stations: Annotated[
        list[int] | None,
        typer.Option(min=1, max=10_000, help="Stations; give it again for another size. 60, 1000 and 2500."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure simulated hours and events a second of the offline twin, beside a bare loop of as many events.

    The candidate is a day of the demonstration city, tiled to each size, with 31 slots a station and so about 100 swaps a
    day. The reference is a heap with keyed draws that handles as many events and applies no rule. Both are timed by the
    processor time of this process.
    """
    from navswap.bench.twin import SIZES, bench_twin  # noqa: PLC0415 - takes seconds, and help needs none of it
    from navswap.seeding.files import seeds_dir  # noqa: PLC0415

    console = Console(stderr=True, highlight=False)
    with console.status("Building the city") as status:
        seeds = seeds_dir(read_settings())
        report = bench_twin(seeds, policy, rounds, tuple(stations or SIZES), status.update)
    _show(report, as_json=as_json)


@command(LOOK, *PREDICT_EXAMPLES, group=benches)
def predict(
    rows: Annotated[int, typer.Option(min=1, max=10_000, help="Rows of one call.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Rounds; NavSwap first in each.")] = 9,
    as_json: AsJson = False,
) -> None:
    """Measure forecasts a second of each model, beside its bare trees on the same matrix.

    The candidate counts features from a history of three days of the demonstration city, asks the trees and calibrates. The
    reference asks the trees alone. Both on one thread.
    """
    from navswap.bench.predict import bench_predict  # noqa: PLC0415 - takes seconds, and help needs none of it
    from navswap.ml.folders import models_dir  # noqa: PLC0415
    from navswap.seeding.files import seeds_dir  # noqa: PLC0415

    settings = read_settings()
    with Console(stderr=True, highlight=False).status("Loading the models") as status:
        report = bench_predict(seeds_dir(settings), models_dir(settings), rows, rounds, status.update)
    _show(report, as_json=as_json)


def _run(bench: "Callable[[Settings, Progress], Coroutine[Any, Any, Report]]", *, as_json: bool) -> None:
    """Run a bench on servers that run, on the event loop of the web process, and show its report."""
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # what ends it early must not leave a database behind
    import uvloop  # noqa: PLC0415 - these take seconds, and help needs none of them

    from navswap.bench.workspace import open_servers  # noqa: PLC0415
    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415

    asked = read_settings()
    configure_logging(asked.model_copy(update={"log_level": "ERROR"}))
    console = Console(stderr=True, highlight=False)
    with (
        console.status("Starting the servers") as status,
        open_servers(asked, status.update) as servers,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        report = runner.run(_as_a_server(bench(servers, status.update)))
    _show(report, as_json=as_json)


async def _as_a_server(bench: "Coroutine[Any, Any, Report]") -> "Report":
    """Run a bench with the garbage collector set as web process and worker set it."""
    from navswap.infra.garbage import leave_alone_what_stays  # noqa: PLC0415 - as above
    from navswap.infra.jobs import BackgroundJobs  # noqa: PLC0415

    async with BackgroundJobs(leave_alone_what_stays()):
        return await bench


def _show(report: "Report | TwinReport | PredictReport", *, as_json: bool) -> None:
    """Print the figures of a bench."""
    if as_json:
        sys.stdout.write(json.dumps(report.as_json()) + "\n")
        return
    answer = Console(highlight=False, markup=False, soft_wrap=True)
    for line in report.lines():
        answer.print(line)
