"""The bench of sheds: from the order to draw less, through plan, outbox, relay, Kafka and hub, to the commands."""

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter

from navswap.auth.roles import Role
from navswap.bench.arrivals import Arrivals
from navswap.bench.contest import Progress
from navswap.bench.errors import BenchError
from navswap.bench.machine import describe_machine
from navswap.bench.network import build_network, signed_in
from navswap.bench.report import Delay, Report
from navswap.bench.statistics import Latency
from navswap.bench.workspace import own_names
from navswap.events.payloads import read_fact
from navswap.events.relay import Relay
from navswap.events.stream import SnapshotMessage, UpdateMessage, follow
from navswap.features.energy.events import CommandIssued, energy_stream
from navswap.features.energy.service import EnergyServices
from navswap.features.packs.storage import Packs
from navswap.infra.jobs import BackgroundJobs
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

COMMITTED_SECONDS = 3.0
"""What an order may take until the commands are committed, for however many stations."""
RECEIVED_SECONDS = 4.0
"""What it may take until the chargers get them."""
ALONE = 60
"""So many stations are shed one after the other at most."""
SHED_KW = 2.0
PROMISED_SLOT = 1
PROMISED_SOC_PERCENT = 75.0
"""What a promised pack has fallen to; a charger brings it to the promise within the life of a hold."""
OTHERS_SOC_PERCENT = 40.0
LASTS = timedelta(hours=1)


async def bench_shed(servers: Settings, rounds: int, stations: int, progress: Progress) -> Report:
    """Measure sheds on servers that run; what it writes there is gone when it returns.

    Raises BenchError when a command breaks a promise or the limit, comes too late, or not at all.
    """
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        progress(f"Building {stations} stations")
        station_ids = await build_charging(runtime, stations)
        delays = await measure_sheds(runtime, station_ids, rounds, progress)
        return Report("shed", machine, {"rounds": rounds, "stations": stations}, [], delays)


async def build_charging(runtime: Runtime, stations: int) -> Sequence[str]:
    """Store stations whose packs all want to charge, one of them promised to a rider."""
    network = await build_network(runtime, stations)
    packs = Packs.collection()
    await packs.update_many({}, {"$set": {"soc_percent": OTHERS_SOC_PERCENT}})
    async for pack in packs.find({"place.evse_id": PROMISED_SLOT}, {"_id": 1}):
        promised = {"soc_percent": PROMISED_SOC_PERCENT, "held_by": new_id()}
        await packs.update_one({"_id": pack["_id"]}, {"$set": promised})
    await EnergyServices.of(runtime).stations.register_all()
    return network.station_ids


async def measure_sheds(
    runtime: Runtime, station_ids: Sequence[str], rounds: int, progress: Progress
) -> list[Delay]:
    """Shed station by station, then all by one order; each round begins with plans without a shed."""
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
    arrivals, unkept = Arrivals(), list[CommandIssued]()
    async with BackgroundJobs(relay.run(), runtime.hub.run()):
        await runtime.hub.wait_until_connected()
        async with BackgroundJobs(
            *(_follow(runtime, station_id, arrivals, unkept) for station_id in station_ids)
        ):
            for station_id in station_ids:
                await arrivals.moment(station_id)
            delays = []
            alone = [[station_id] for station_id in station_ids[:ALONE]]
            together = f"{len(station_ids)} in one order"
            for name, orders in (("one at a time", alone), (together, [list(station_ids)])):
                committed: list[float] = []
                received: list[float] = []
                for number in range(1, rounds + 1):
                    progress(f"Sheds {name}, round {number} of {rounds}")
                    await _undo(runtime)
                    for order in orders:
                        await _shed(runtime, order, arrivals, (committed, received))
                if unkept:
                    raise BenchError(f"{len(unkept)} commands passed the limit or broke a promise.")
                delays += [
                    Delay(f"{name}: order → commands committed", Latency.of(committed)),
                    Delay(f"{name}: order → commands at a subscriber", Latency.of(received)),
                ]
            return delays


async def _undo(runtime: Runtime) -> None:
    """Have every station planned without a shed, so that all of them charge as much as they may."""
    database = runtime.mongo.database
    await database["energy_stations"].update_many({}, {"$set": {"shed": None, "due_at": runtime.clock.now()}})
    await EnergyServices.of(runtime).charging.plan_due()


async def _shed(
    runtime: Runtime,
    station_ids: Sequence[str],
    arrivals: Arrivals,
    seconds: tuple[list[float], list[float]],
) -> None:
    """Shed stations by one order; add how long it took until all was committed, and until each command was received."""
    committed, received = seconds
    until = runtime.clock.now() + LASTS
    began = perf_counter()
    energies = await EnergyServices.of(runtime).charging.shed_all(
        station_ids, SHED_KW, until, "Bench", signed_in(runtime, "bench", Role.ADMIN)
    )
    committed.append(perf_counter() - began)
    arrived = [await arrivals.moment((energy.id, energy.revision)) - began for energy in energies]
    received += arrived
    if committed[-1] > COMMITTED_SECONDS or max(arrived) > RECEIVED_SECONDS:
        raise BenchError(
            f"Commands were committed after {committed[-1]:.1f} s and received after {max(arrived):.1f} s; they may take "
            f"{COMMITTED_SECONDS:.0f} and {RECEIVED_SECONDS:.0f} s."
        )


async def _follow(runtime: Runtime, station_id: str, arrivals: Arrivals, unkept: list[CommandIssued]) -> None:
    """Note when the snapshot of a station has come, and each command that comes after it."""
    service = EnergyServices.of(runtime).stations
    streams = frozenset({energy_stream(station_id)})
    async for moment in follow(runtime.hub, streams, lambda: service.load_live(station_id), after=None):
        if isinstance(moment, SnapshotMessage):
            arrivals.note(station_id)
        elif isinstance(moment, UpdateMessage) and moment.envelope.type == CommandIssued.type:
            command = read_fact(CommandIssued, moment.envelope.payload)
            if command.station.shed is not None and not is_kept(command):
                unkept.append(command)
            arrivals.note((station_id, command.station.revision))


def is_kept(command: CommandIssued) -> bool:
    """Return whether a command keeps to the limit of its shed, and the promised pack charges and will be in time."""
    powers = {setpoint.evse_id: setpoint.power_kw for setpoint in command.station.setpoints}
    return (
        command.station.charging_kw <= SHED_KW
        and not command.late_promises
        and powers.get(PROMISED_SLOT, 0.0) > 0
    )
