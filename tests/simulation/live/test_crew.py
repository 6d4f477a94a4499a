"""Transporters, technicians, staff and shops: they do what they are asked to, through the API only."""

import asyncio
from dataclasses import replace

from navswap.auth.roles import Role
from navswap.features.logistics.domain.values import JobState
from navswap.features.logistics.service import LogisticsServices
from navswap.features.partners.domain.values import RequestState
from navswap.features.partners.storage import StorageRequests
from navswap.features.staffing.domain.values import AssignmentState
from navswap.features.staffing.service import Skill, StaffingServices, StaffMember
from navswap.features.staffing.storage import StaffAssignments
from navswap.simulation.live.command import LiveOptions, run_live
from navswap.simulation.live.meter import Meter
from tests.factories.faults import a_ticket, the_ticket
from tests.factories.logistics import a_job, packs_at, stored_job
from tests.factories.partners import a_request, a_shop
from tests.factories.staffing import ALL_DAY, asked
from tests.factories.users import PASSWORD, cheap_hash
from tests.simulation.live.conftest import SmallTown, a_person
from tests.support.api import running
from tests.support.consistency import full_report
from tests.support.waiting import until

ALL_SAY_YES = 3
"""A seed with which the first offer to each kind of agent is accepted."""
FAST = 600.0
LOOK_SECONDS = 0.05


class Counted:
    """Whether the agents themselves know what they have done: the database does before its answer is with them."""

    def __init__(self, *events: str) -> None:
        self._events = events
        self._meter: Meter | None = None

    def look(self, meter: Meter) -> None:
        self._meter = meter

    async def are_all_there(self) -> bool:
        meter = self._meter
        return meter is not None and all(meter.events[event] for event in self._events)


async def test_the_crew_answers_carries_repairs_and_helps(town: SmallTown) -> None:
    runtime, [origin, target] = town.runtime, town.stations
    hashed = cheap_hash(PASSWORD)
    driver = await a_person(runtime, Role.TRANSPORTER, hashed)
    owner = await a_person(runtime, Role.PARTNER, hashed)
    request = await a_request(runtime, await a_shop(owner), station=origin)
    people = replace(town.people, riders=[], transporters={driver.email: 6}, shops=[owner.email])
    job = await a_job(runtime, origin, target, packs=2)
    carried = await packs_at(runtime, origin)
    await a_ticket(runtime, target, evse_id=10)
    ended = asyncio.Event()

    async def job_state() -> JobState:
        await LogisticsServices.of(runtime).matching.match_open()
        return (await stored_job(job.id)).state

    async def ticket_state() -> str:
        return str((await the_ticket(target)).state)

    async def request_state() -> RequestState | None:
        stored = await StorageRequests.find(request.id)
        return None if stored is None else stored.state

    counts = Counted("job delivered", "ticket resolved", "storage accepted")
    async with running(runtime, relay=True) as address:
        asks = LiveOptions(
            f"http://{address}/graphql",
            people,
            seed=ALL_SAY_YES,
            speed=FAST,
            show=counts.look,
            show_seconds=LOOK_SECONDS,
        )
        run = asyncio.create_task(run_live(asks, ended))
        await until(request_state, lambda state: state is RequestState.ACCEPTED)
        await until(job_state, lambda state: state is JobState.DELIVERED)
        await until(ticket_state, lambda state: state == "RESOLVED")
        await until(counts.are_all_there, bool)
        ended.set()
        report = await run
    events = report.meter.events
    assert (events["pack picked up"], events["pack delivered"], events["job delivered"]) == (2, 2, 1)
    assert len(set(carried) & set(await packs_at(runtime, target))) == 2
    assert events["ticket taken"] == events["ticket resolved"] == events["storage accepted"] == 1
    assert report.meter.failures == {}
    assert [finding for finding in (await full_report(runtime)).findings if not finding.holds] == []


async def test_staff_who_are_asked_to_help_say_so_and_go(town: SmallTown) -> None:
    runtime, [origin, target] = town.runtime, town.stations
    at_home = StaffMember(town.staff.id, origin.id, (Skill.SERVICE,), ALL_DAY)
    await StaffingServices.of(runtime).staff.save([at_home])
    assignment = await asked(runtime, town.staff.id, origin.id, target.id)
    ended = asyncio.Event()
    counts = Counted("diversion accepted")

    async def state() -> AssignmentState | None:
        stored = await StaffAssignments.find(assignment.id)
        return None if stored is None else stored.state

    async with running(runtime, relay=True) as address:
        asks = LiveOptions(
            f"http://{address}/graphql",
            replace(town.people, riders=[]),
            seed=ALL_SAY_YES,
            speed=FAST,
            show=counts.look,
            show_seconds=LOOK_SECONDS,
        )
        run = asyncio.create_task(run_live(asks, ended))
        await until(state, lambda state: state is not AssignmentState.PROPOSED)
        await until(counts.are_all_there, bool)
        ended.set()
        report = await run
    assert report.meter.events["diversion accepted"] == 1
