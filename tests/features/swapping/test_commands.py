"""How many commands a hold costs the database: each is a round trip while others wait for the station."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring
from pymongo.monitoring import CommandStartedEvent

from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.service import SwappingServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime, open_runtime
from tests.factories.network import a_rider_of, a_station
from tests.features.swapping.steps import confirm, stand_at
from tests.features.swapping.test_several_packs import BIG, FAR, MIXED

MOST_COMMANDS = 8
MOST_WITH_BUFFER = MOST_COMMANDS + 2
"""Where the packs left are few: the walk-ins of a week ago, and the pack model of a vehicle that takes another one."""


class Commands(monitoring.CommandListener):
    """Keeps the commands of the clients that are opened while it listens, each as its name and its collection."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.sent.append((event.command_name, str(event.command.get(event.command_name))))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


@contextmanager
def listening() -> Iterator[Commands]:
    commands, listeners = Commands(), monitoring._LISTENERS.command_listeners
    monitoring.register(commands)
    try:
        yield commands
    finally:
        listeners.remove(commands)


async def test_a_hold_costs_few_commands_and_reads_the_packs_of_the_station_once(
    runtime: Runtime, clock: ManualClock
) -> None:
    with listening() as commands:
        async with open_runtime(runtime.settings, clock, build_indexes=False) as counted:
            station = await a_station(counted, charged=6, slot_models=MIXED)
            for pack_count, most in ((1, MOST_COMMANDS), (2, MOST_COMMANDS), (2, MOST_WITH_BUFFER)):
                rider, _ = await a_rider_of(BIG, pack_count)
                await stand_at(counted, rider.id, FAR)
                commands.sent.clear()
                await confirm(counted, rider.id, station)
                hold = list(commands.sent)
                assert len(hold) == most, hold
                assert hold[0] == ("aggregate", "stations"), "station, packs and vehicle together"
                assert not [about for name, about in hold if name == "find" and about != "pack_models"]


async def test_a_process_that_stored_an_entry_does_not_look_where_it_is(
    runtime: Runtime, clock: ManualClock
) -> None:
    async def looks(process: Runtime, entry: QueueEntry) -> int:
        commands.sent.clear()
        cancelled = await SwappingServices.of(process).holds.cancel(entry.id, entry.rider_id)
        assert not cancelled.active
        return commands.sent.count(("find", "queues"))

    with listening() as commands:
        async with open_runtime(runtime.settings, clock, build_indexes=False) as confirming:
            station = await a_station(confirming, charged=6, slot_models=MIXED)
            entries = []
            for _ in range(2):
                rider, _ = await a_rider_of(BIG, 1)
                await stand_at(confirming, rider.id, FAR)
                entries.append(await confirm(confirming, rider.id, station))
            assert await looks(confirming, entries[0]) == 0
            async with open_runtime(runtime.settings, clock, build_indexes=False) as other:
                assert await looks(other, entries[1]) == 1
