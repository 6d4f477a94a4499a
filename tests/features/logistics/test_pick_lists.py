"""Which packs a transporter is to take, on real stores and through the public API."""

import pytest

from navswap.auth.roles import Role
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.logistics import a_job, a_transporter, drive, packs_at, taken
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.users import a_user, token_of
from tests.features.swapping.steps import confirm
from tests.support.api import Api, running
from tests.support.geo import destination

FAR = destination(TAIPEI, 90, 3_000)
TAKE = """
query($id: ID!) {
  node(id: $id) { ... on TransportJob { packsToTake { serialNumber evseId socPercent } slotsToFill } }
}"""


async def named(runtime: Runtime, *jobs: TransportJob) -> list[list[str]]:
    found = await LogisticsServices.of(runtime).pick_lists.find([job.id for job in jobs])
    return [[pack.id for pack in found[job.id]] for job in jobs]


async def charge(serial_number: str, soc_percent: float) -> None:
    await Packs.collection().update_one({"_id": serial_number}, {"$set": {"soc_percent": soc_percent}})


async def a_trip(runtime: Runtime, packs: int, **stock: int) -> tuple[Station, User, TransportJob]:
    origin = await a_station(runtime, **stock)  # type: ignore[arg-type]  # counts only
    target = await a_station(runtime, charged=0, point=FAR)
    transporter = await a_transporter(runtime)
    return origin, transporter, await taken(runtime, await a_job(runtime, origin, target, packs=packs))


async def test_the_fullest_free_packs_are_named_by_slot(runtime: Runtime) -> None:
    origin, _, job = await a_trip(runtime, 2, charged=4, charging=1, faulty=1)
    packs = await packs_at(runtime, origin)
    await charge(packs[3], 99.0)
    await charge(packs[1], 97.0)
    assert await named(runtime, job) == [[packs[1], packs[3]]]


async def test_a_pack_that_is_held_or_gone_gives_way_to_another(runtime: Runtime) -> None:
    origin, transporter, job = await a_trip(runtime, 2, charged=4)
    packs = await packs_at(runtime, origin)
    await charge(packs[0], 99.0)
    assert packs[0] in (await named(runtime, job))[0]
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, origin)
    [after] = await named(runtime, job)
    assert packs[0] not in after, "the rider was given the fullest"
    assert len(after) == 2
    await LogisticsServices.of(runtime).custody.pick_up(job.id, transporter.id, after[:1])
    [rest] = await named(runtime, job)
    assert len(rest) == 1
    assert not {*rest} & {packs[0], after[0]}


async def test_what_is_named_can_be_taken_and_then_nothing_is_left_to_take(runtime: Runtime) -> None:
    _, transporter, job = await a_trip(runtime, 3, charged=5)
    [wanted] = await named(runtime, job)
    picked = await LogisticsServices.of(runtime).custody.pick_up(job.id, transporter.id, wanted)
    assert picked.picked_up == tuple(wanted)
    assert await named(runtime, job) == [[]]


async def test_no_pack_is_named_to_two_jobs(runtime: Runtime) -> None:
    origin, _, first = await a_trip(runtime, 2, charged=3)
    before = await named(runtime, first)
    target = await a_station(runtime, charged=0, point=FAR)
    second = await a_job(runtime, origin, target, packs=2)
    assert await named(runtime, second) == [[]], "nobody has taken it"
    await a_transporter(runtime)
    second = await taken(runtime, second)
    [of_first, of_second] = await named(runtime, first, second)
    assert [of_first] == before, "who took the job first keeps what was named"
    assert len(of_second) == 1
    assert not {*of_first} & {*of_second}


@pytest.mark.parametrize("role", [None, Role.ADMIN])
async def test_the_transporter_of_a_job_and_the_operator_see_what_to_take(
    runtime: Runtime, role: Role | None
) -> None:
    origin, transporter, job = await a_trip(runtime, 1, charged=1)
    [pack] = await packs_at(runtime, origin)
    user = transporter if role is None else await a_user(role)
    async with running(runtime) as address, Api(address, token_of(runtime, user)) as api:
        seen = await api.ask(TAKE, id=node("TransportJob", job.id))
    assert seen["packsToTake"] == [{"serialNumber": pack, "evseId": 1, "socPercent": 95.0}]
    assert seen["slotsToFill"] == [1]


async def test_slots_are_named_at_the_target_each_to_one_job_until_they_are_filled(runtime: Runtime) -> None:
    service = LogisticsServices.of(runtime)
    origin, transporter = await a_station(runtime, charged=8), await a_transporter(runtime)
    target = await a_station(runtime, charged=1, point=FAR, slot_count=5)
    first = await taken(runtime, await a_job(runtime, origin, target, packs=3))
    waiting = await a_job(runtime, origin, target, packs=2)
    find = service.pick_lists.find_slots
    assert await find([first.id, waiting.id]) == {first.id: (2, 3, 4), waiting.id: ()}
    await a_transporter(runtime)
    second = await taken(runtime, waiting)
    assert await find([first.id, second.id]) == {first.id: (2, 3, 4), second.id: (5,)}
    packs = (await packs_at(runtime, origin))[:3]
    await service.custody.pick_up(first.id, transporter.id, packs)
    await drive(runtime, transporter.id, target)
    await service.custody.deliver(first.id, transporter.id, [ScannedPack(packs[0], 3)])
    assert await find([first.id, second.id]) == {first.id: (2, 4), second.id: (5,)}
    await service.custody.deliver(first.id, transporter.id, [ScannedPack(pack) for pack in packs[1:]])
    assert await find([first.id, second.id]) == {first.id: (), second.id: (5,)}
