"""Behind every overview and every statistic stands an index, and their queries are few whatever the size."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.energy.service import EnergyServices
from navswap.features.logistics.service import LogisticsServices
from navswap.features.network.service import (
    AuditLogFilter,
    FleetAction,
    Grouping,
    NetworkServices,
    PackSelection,
)
from navswap.features.packs.service import Condition
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.swapping.service import Bucket, Span
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.faults import a_ticket
from tests.factories.fleet import BOSS, a_request
from tests.factories.logistics import a_job, a_transporter, taken
from tests.factories.network import a_rider, a_station
from tests.factories.partners import a_request as a_storage_request
from tests.factories.partners import a_shop
from tests.factories.positions import a_principal
from tests.factories.procurement import a_proposal
from tests.factories.staffing import a_staff_member, asked
from tests.features.swapping.steps import confirm
from tests.support.profiling import profiled, scans

READ_WHOLE = {"stations", "staff_members", "partner_shops", "dead_events"}
"""Collections of which an overview needs everything there is: counted, summed or compared, one document each."""

Ask = Callable[[Runtime, list[str]], Awaitable[object]]


def a_day(runtime: Runtime) -> Span:
    now = runtime.clock.now()
    return Span(now - timedelta(days=1), now + timedelta(days=1), Bucket.HOUR)


async def live(runtime: Runtime, ids: list[str]) -> object:
    del ids
    return await NetworkServices.of(runtime).live.read()


async def logistics(runtime: Runtime, ids: list[str]) -> object:
    del ids
    return await NetworkServices.of(runtime).logistics.read(20, "UTC")


async def status(runtime: Runtime, ids: list[str]) -> object:
    service = NetworkServices.of(runtime).status
    return await service.read(ids), await service.look_ahead(ids)


async def swaps(runtime: Runtime, ids: list[str]) -> object:
    service = NetworkServices.of(runtime).statistics
    return [
        await service.swaps(a_day(runtime), grouping, None if grouping is not Grouping.STATION else ids)
        for grouping in Grouping
    ]


async def holds(runtime: Runtime, ids: list[str]) -> object:
    return await NetworkServices.of(runtime).statistics.stations(a_day(runtime), ids)


async def audit_log(runtime: Runtime, ids: list[str]) -> object:
    reader = NetworkServices.of(runtime).audit_log
    filters = (
        AuditLogFilter(),
        AuditLogFilter(actor_id="boss"),
        AuditLogFilter(action="retirePacks"),
        AuditLogFilter(subject_id=ids[0]),
    )
    return [await reader.list_page(wanted, None, 20) for wanted in filters]


async def fleet(runtime: Runtime, ids: list[str]) -> object:
    filters = (
        PackSelection(soh_below_percent=50),
        PackSelection(cycles_above=5_000),
        PackSelection(station_id=ids[0]),
        PackSelection(condition=Condition.FAULTY),
        PackSelection(serial_numbers=("P-1", "P-2")),
    )
    service = NetworkServices.of(runtime).fleet
    return [await service.count(a_request(FleetAction.RECALL, wanted)) for wanted in filters]


async def work_everywhere(runtime: Runtime, count: int) -> list[Station]:
    """Store stations with a queue, a ticket, staff, a job, a request and an order each."""
    stations = [await a_station(runtime, charged=4) for _ in range(count)]
    for station in stations:
        await confirm(runtime, (await a_rider())[0].id, station)
        await a_ticket(runtime, station, evse_id=9)
        person = await a_staff_member(runtime, station)
        await asked(runtime, person.id, station.id, stations[0].id)
        await a_storage_request(runtime, await a_shop(), 2, station)
        await a_transporter(runtime)
        await taken(runtime, await a_job(runtime, station, stations[0], packs=1))
    await EnergyServices.of(runtime).stations.register_all()
    await LogisticsServices.of(runtime).rebalancing.plan()
    closing = a_principal("boss", Role.ADMIN)
    await StationsServices.of(runtime).stations.set_state(stations[-1].id, StationState.CLOSED, closing)
    await NetworkServices.of(runtime).fleet.carry_out(
        a_request(FleetAction.RETIRE, PackSelection(soh_below_percent=99), limit=1), new_id(), BOSS
    )
    return stations


@pytest.mark.parametrize(
    ("ask", "most"),
    [(live, 24), (logistics, 17), (status, 11), (swaps, 6), (holds, 2), (audit_log, 4), (fleet, 6)],
    ids=["live", "logistics", "status", "swaps", "holds", "audit_log", "fleet"],
)
async def test_an_index_serves_all_that_is_read_and_its_queries_are_few(
    runtime: Runtime, ask: Ask, most: int
) -> None:
    await a_proposal(runtime)
    stations = await work_everywhere(runtime, 2)
    counts = []
    for more in (0, 4):
        stations += await work_everywhere(runtime, more) if more else []
        async with profiled(runtime) as operations:
            await ask(runtime, [station.id for station in stations])
        assert scans(operations) <= READ_WHOLE, [operation["command"] for operation in operations]
        counts.append(len(operations))
    assert counts[0] == counts[1] <= most
