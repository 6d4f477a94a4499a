"""Proposals on real stores: from work and queues to people who are asked."""

from datetime import timedelta
from functools import partial

import pytest

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.values import AssignmentCause, AssignmentState
from navswap.features.staffing.service import (
    LastHourForecaster,
    ProposalService,
    Skill,
    StaffingServices,
    WorkingHours,
)
from navswap.features.staffing.storage import StaffAssignments, StationWork, WaitingRiders
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.kit.geo import distance_metres
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.e2e.scenarios import node
from tests.factories.logistics import be_seen
from tests.factories.network import TAIPEI, a_station
from tests.factories.positions import a_principal
from tests.factories.staffing import a_staff_member, asked
from tests.factories.traffic import vehicles_drive
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, stand_at
from tests.support.api import Api, live, running
from tests.support.geo import destination
from tests.support.seeded import seed_city


def proposals(runtime: Runtime) -> ProposalService:
    return StaffingServices.of(runtime).proposals


async def in_transaction(runtime: Runtime, *records: object) -> None:
    """Record work, given as (station, skill), or a queue, given as (station, length)."""
    staff = StaffingServices.of(runtime).staff

    async def work(session: Session) -> None:
        for record in records:
            match record:
                case (Station() as station, Skill() as skill):
                    now = runtime.clock.now() - timedelta(minutes=1)
                    await staff.record_work(new_id(), station.id, skill, now, session)
                case (Station() as station, int() as length):
                    await let_wait(runtime, station, length, session)

    await runtime.mongo.in_transaction(work)


async def let_wait(runtime: Runtime, station: Station, length: int, session: Session) -> None:
    """Record that so many riders wait at a station, of twenty who came."""
    staff = StaffingServices.of(runtime).staff
    for number in range(20):
        await staff.record_rider(station.id, f"rider-{number}", session, is_waiting=number < length)


async def a_neighbour(runtime: Runtime, kilometres: float) -> Station:
    return await a_station(runtime, point=destination(TAIPEI, 90.0, kilometres * 1000))


async def test_work_draws_the_nearest_free_person_and_the_proposal_keeps_its_inputs(
    runtime: Runtime, clock: ManualClock
) -> None:
    busy, near, far = await a_station(runtime), await a_neighbour(runtime, 1), await a_neighbour(runtime, 3)
    person = await a_staff_member(runtime, near)
    await a_staff_member(runtime, far)
    await in_transaction(runtime, *[(busy, Skill.SERVICE)] * 20)
    [proposed] = await proposals(runtime).propose()
    assert (proposed.staff_id, proposed.origin_id, proposed.target_id) == (person.id, near.id, busy.id)
    assert (proposed.cause, proposed.state) == (AssignmentCause.WORKLOAD, AssignmentState.PROPOSED)
    inputs = proposed.inputs
    assert (inputs.source, inputs.as_of) == (Source.BASELINE, clock.now())
    assert (inputs.target_work_minutes, inputs.work_minutes) == (40.0, 40.0)
    assert inputs.gain_minutes == pytest.approx(40.0 - 10.0 - inputs.travel_minutes)
    assert proposed.due_at == clock.now() + timedelta(minutes=5)
    assert await StaffAssignments.find(proposed.id) == proposed
    assert await OutboxEvent.find({"envelope.type": "staffing.assignment.proposed"}).count() == 1
    assert await proposals(runtime).propose() == [], "the member is asked already"


async def test_a_proposal_reckons_with_the_jam_on_the_way(runtime: Runtime) -> None:
    busy, near = await a_station(runtime), await a_neighbour(runtime, 2)
    await a_staff_member(runtime, near)
    await in_transaction(runtime, *[(busy, Skill.SERVICE)] * 24)
    await vehicles_drive(runtime, 12.0, vehicles=20, place=destination(TAIPEI, 90.0, 1_200.0))
    [proposed] = await proposals(runtime).propose()
    straight = distance_metres(near.information.point, busy.information.point)
    free = StaffingParameters().roads.carry_minutes(straight)
    assert proposed.inputs.travel_minutes > 1.2 * free


async def test_who_is_off_shift_or_about_to_go_home_is_not_asked(runtime: Runtime) -> None:
    busy, near = await a_station(runtime), await a_neighbour(runtime, 1)
    for start, end in ((9, 17), (22, 6), (0, 8), (1, 9)):
        hours = WorkingHours(start_hour=start, end_hour=end, time_zone="UTC")
        await a_staff_member(runtime, near, hours=hours)
    await in_transaction(runtime, *[(busy, Skill.SERVICE)] * 20)
    asked_now = await proposals(runtime).propose()
    assert [assignment.work_ends_at for assignment in asked_now] == [runtime.clock.now() + timedelta(hours=1)]


async def test_a_broken_promise_sends_people_at_once_and_a_kept_one_none(runtime: Runtime) -> None:
    queue, calm = await a_station(runtime), await a_neighbour(runtime, 1)
    people = {(await a_staff_member(runtime, calm)).id for _ in range(3)}
    await in_transaction(runtime, (queue, 5))
    assert await proposals(runtime).relieve() == []
    await in_transaction(runtime, (queue, 14))
    sent = await proposals(runtime).relieve()
    assert len(sent) == 2
    assert {assignment.staff_id for assignment in sent} < people
    assert all(assignment.cause is AssignmentCause.BROKEN_PROMISE for assignment in sent)
    assert {assignment.inputs.target_queue_length for assignment in sent} == {14}
    assert await proposals(runtime).relieve() == [], "they are on their way"
    await in_transaction(runtime, (queue, 3))
    assert await proposals(runtime).relieve() == []
    assert await WaitingRiders.queues() == {queue.id: 3}


async def test_relief_leaves_the_work_of_other_stations_to_the_next_comparison(runtime: Runtime) -> None:
    queue, busy, calm = (
        await a_station(runtime),
        await a_neighbour(runtime, 2),
        await a_neighbour(runtime, 1),
    )
    for _ in range(3):
        await a_staff_member(runtime, calm)
    await in_transaction(runtime, (queue, 8), *[(busy, Skill.SERVICE)] * 20)
    assert [assignment.target_id for assignment in await proposals(runtime).relieve()] == [queue.id]
    assert [assignment.target_id for assignment in await proposals(runtime).propose()] == [busy.id]


async def test_a_closed_station_gets_no_one_to_serve(runtime: Runtime) -> None:
    closed, near = await a_station(runtime, state=StationState.CLOSED), await a_neighbour(runtime, 1)
    await a_staff_member(runtime, near)
    await in_transaction(runtime, (closed, 9), *[(closed, Skill.SERVICE)] * 20)
    assert await proposals(runtime).propose() == []


async def test_a_station_out_of_its_hours_gets_no_one_to_serve(runtime: Runtime) -> None:
    hours = f"Mo-Su {runtime.clock.now() + timedelta(hours=1):%H:%M}-24:00"
    closed, near = await a_station(runtime, opening_hours=hours), await a_neighbour(runtime, 1)
    await a_staff_member(runtime, near)
    await in_transaction(runtime, *[(closed, Skill.SERVICE)] * 20, (closed, 14))
    assert await proposals(runtime).propose() == []
    assert await proposals(runtime).relieve() == []


async def test_who_declined_is_left_alone_for_a_while_and_who_went_is_spared(
    runtime: Runtime, clock: ManualClock
) -> None:
    busy, near = await a_station(runtime), await a_neighbour(runtime, 1)
    first = await a_staff_member(runtime, near)
    await in_transaction(runtime, *[(busy, Skill.SERVICE)] * 20)
    [proposed] = await proposals(runtime).propose()
    service = StaffingServices.of(runtime).assignments
    await service.decline(proposed.id, first.id)
    assert await proposals(runtime).propose() == []
    clock.advance(timedelta(minutes=31))
    [again] = await proposals(runtime).propose()
    await service.accept(again.id, first.id)
    await service.end(again.id, a_principal(first.id, Role.STAFF))
    second = await a_staff_member(runtime, near)
    [spared] = await proposals(runtime).propose()
    assert spared.staff_id == second.id
    await service.decline(spared.id, second.id)
    [last] = await proposals(runtime).propose()
    assert (last.staff_id, last.inputs.fairness_minutes) == (first.id, 4.0)


async def test_the_baseline_forecasts_what_came_up_in_the_last_hour(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await in_transaction(runtime, *[(station, Skill.SERVICE)] * 3, (station, Skill.REPAIR))
    forecast = await LastHourForecaster(StaffingParameters()).next_hour(clock.now())
    assert forecast.minutes == {(station.id, Skill.SERVICE): 6.0, (station.id, Skill.REPAIR): 30.0}
    later = await LastHourForecaster(StaffingParameters()).next_hour(clock.now() + timedelta(hours=1))
    assert later.minutes == {}


async def test_the_demonstration_city_has_its_staff(runtime: Runtime, clock: ManualClock) -> None:
    await seed_city(runtime)
    clock.advance(timedelta(hours=1))
    [members] = await StaffingServices.of(runtime).staff.list_pages([(None, None, 100)])
    assert len(members) == 25
    assert sum(Skill.REPAIR in member.skills for member in members) == 6
    assert {member.hours.time_zone for member in members} == {"Asia/Kolkata"}
    hot = await Stations.list_where({}, limit=3)
    await in_transaction(runtime, *[(station, 30) for station in hot])
    sent = await proposals(runtime).relieve()
    assert sent
    assert {assignment.target_id for assignment in sent} <= {station.id for station in hot}


ASSIGNMENTS = """
query Assignments($filter: StaffAssignmentFilterInput, $first: Int, $after: String) {
  staffAssignments(filter: $filter, first: $first, after: $after) {
    edges { node { id staffMember { user { id } } state cause target { name } staffPosition { longitude }
                   origin { name } inputs { travelMinutes source gainMinutes } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
MEMBERS = """
query Members {
  staffMembers {
    edges { node { id user { id } skills shiftEndsAt homeStation { name } activeAssignment { state } } }
  }
}"""
STATION_STAFF = """
query StationStaff($id: ID!) {
  station(id: $id) {
    staff { edges { node { user { id } } } }
    staffAssignments(isActive: true) { edges { node { origin { id } } } }
  }
}"""
CHANGED = """
subscription Changed($staffId: ID, $after: String) {
  assignmentChanged(staffId: $staffId, after: $after) {
    __typename
    ... on AssignmentSnapshot { cursor sequence activeAssignment { id state } }
    ... on AssignmentUpdate { cursor sequence assignment { id state target { name } } }
  }
}"""
ACCEPT = """
mutation Accept($input: AcceptAssignmentInput!) {
  acceptAssignment(input: $input) { ... on AcceptAssignmentPayload { assignment { id state } } ... on Refusal { code } }
}"""


def token(runtime: Runtime, user_id: str, role: Role) -> str:
    return runtime.access_tokens.issue(user_id, role, new_id())[0]


async def test_a_person_sees_own_assignments_and_an_administrator_all(runtime: Runtime) -> None:
    home, target = await a_station(runtime), await a_neighbour(runtime, 2)
    one, other = await a_staff_member(runtime, home), await a_staff_member(runtime, home)
    for person in (one, other):
        await asked(runtime, person.id, home.id, target.id)
    await be_seen(runtime, other, TAIPEI)
    admin = await a_user(Role.ADMIN)
    async with running(runtime) as address:
        async with Api(address, token(runtime, one.id, Role.STAFF)) as api:
            own = await api.ask(ASSIGNMENTS, filter={"staffId": node("User", other.id)})
            assert [edge["node"]["staffMember"] for edge in own["edges"]] == [
                {"user": {"id": node("User", one.id)}}
            ]
            assert own["edges"][0]["node"]["target"] == {"name": target.information.name}
            assert own["edges"][0]["node"]["staffPosition"] is None
            assert await api.refused(MEMBERS) == "NOT_ALLOWED"
            assert await api.refused(ASSIGNMENTS, after="W10") == "BAD_CURSOR"
        async with Api(address, token(runtime, admin.id, Role.ADMIN)) as api:
            page = await api.ask(ASSIGNMENTS, first=1)
            rest = await api.ask(ASSIGNMENTS, first=1, after=page["pageInfo"]["endCursor"])
            seen = [
                edge["node"]["staffMember"]["user"]["id"] for part in (page, rest) for edge in part["edges"]
            ]
            assert seen == [node("User", other.id), node("User", one.id)]
            assert page["edges"][0]["node"]["staffPosition"]["longitude"] == pytest.approx(TAIPEI.longitude)
            filtered = await api.ask(ASSIGNMENTS, filter={"targetId": node("Station", home.id)})
            assert filtered["edges"] == []
            people = (await api.ask(MEMBERS))["edges"]
            assert {edge["node"]["user"]["id"] for edge in people} == {
                node("User", p.id) for p in (one, other)
            }
            assert all(edge["node"]["shiftEndsAt"] for edge in people)
            assert {edge["node"]["activeAssignment"]["state"] for edge in people} == {"PROPOSED"}
            here = await api.ask(STATION_STAFF, id=node("Station", home.id))
            assert [edge["node"]["user"]["id"] for edge in here["staff"]["edges"]] == [
                node("User", person.id) for person in (one, other)
            ]
            there = await api.ask(STATION_STAFF, id=node("Station", target.id))
            origins = [edge["node"]["origin"] for edge in there["staffAssignments"]["edges"]]
            assert origins == [{"id": node("Station", home.id)}] * 2
            foreign = rest["edges"][0]["node"]["id"]
        async with Api(address, token(runtime, other.id, Role.STAFF)) as api:
            assert await api.ask("query($id: ID!) { node(id: $id) { id } }", id=foreign) is None


@pytest.mark.streams
async def test_a_person_follows_a_proposal_live_and_what_becomes_of_it(runtime: Runtime) -> None:
    home, target = await a_station(runtime), await a_neighbour(runtime, 2)
    person = await a_staff_member(runtime, home)
    staff_token = token(runtime, person.id, Role.STAFF)
    async with (
        running(runtime, worker=True) as address,
        live(address, staff_token) as phone,
        Api(address, staff_token) as api,
    ):
        watched = await phone.subscribe(CHANGED)
        assert (await watched.next())["activeAssignment"] is None
        proposed = await asked(runtime, person.id, home.id, target.id)
        update = await watched.next()
        assert (update["sequence"], update["assignment"]["state"]) == (1, "PROPOSED")
        answer = await api.ask(ACCEPT, input={"assignmentId": node("StaffAssignment", proposed.id)})
        assert answer["assignment"]["state"] == "ACCEPTED"
        assert (await watched.next())["assignment"]["state"] == "ACCEPTED"
        refused = await phone.subscribe(CHANGED, staffId=node("User", new_id()))
        assert "NOT_ALLOWED" in str(await refused.message())


async def test_riders_who_still_ride_call_no_one_until_they_are_there(runtime: Runtime) -> None:
    queue, near = await a_station(runtime, charged=9), await a_neighbour(runtime, 1)
    person = await a_staff_member(runtime, near)
    entries = [await confirm(runtime, new_id(), queue) for _ in range(8)]
    await let_staffing_react(runtime)
    assert await WaitingRiders.queues() == {}
    assert await proposals(runtime).relieve() == []
    holds = SwappingServices.of(runtime).holds
    for entry in entries:
        await runtime.mongo.in_transaction(partial(holds.arrive, entry.id, queue.id))
    await let_staffing_react(runtime)
    assert await WaitingRiders.queues() == {queue.id: 8}
    for entry in entries[:2]:
        await holds.cancel(entry.id, entry.rider_id)
    await let_staffing_react(runtime)
    assert await WaitingRiders.queues() == {queue.id: 6}
    [sent] = await proposals(runtime).relieve()
    assert (sent.staff_id, sent.inputs.target_queue_length) == (person.id, 6)


async def test_a_rider_whose_hold_moves_away_waits_at_neither_station(runtime: Runtime) -> None:
    queue, near = await a_station(runtime, charged=1), await a_neighbour(runtime, 1)
    rider = new_id()
    await stand_at(runtime, rider, queue.information.point)
    await confirm(runtime, rider, queue)
    await let_staffing_react(runtime)
    assert await WaitingRiders.queues() == {queue.id: 1}
    stations = StationsServices.of(runtime).stations
    await stations.set_state(queue.id, StationState.CLOSED, a_principal("boss", Role.ADMIN))
    [moved] = await QueueEntries.list_where({"station_id": near.id})
    assert moved.active
    await let_staffing_react(runtime)
    assert await WaitingRiders.queues() == {}


async def let_staffing_react(runtime: Runtime) -> None:
    """Hand what swapping has published to the reactions of staffing, in order; repeated facts change nothing."""
    [staffing] = [consumer for consumer in fact_consumers(runtime) if consumer.group == "staffing"]
    found = OutboxEvent.find({"envelope.topic": "swapping"}).sort("position")
    for event in await found.to_list():
        await staffing.handle_once(envelope_of(event.model_dump(by_alias=True)))


@pytest.mark.streams
async def test_a_queue_that_grows_too_long_is_relieved_by_a_running_worker(runtime: Runtime) -> None:
    queue, calm = await a_station(runtime, charged=8), await a_neighbour(runtime, 1)
    person = await a_staff_member(runtime, calm)
    staff_token = token(runtime, person.id, Role.STAFF)
    async with running(runtime, worker=True) as address, live(address, staff_token) as phone:
        watched = await phone.subscribe(CHANGED)
        await watched.next()
        for _ in range(7):
            rider = new_id()
            await stand_at(runtime, rider, queue.information.point)
            await confirm(runtime, rider, queue)
        update = await watched.until(assignment__state="PROPOSED")
        assert update["assignment"]["target"] == {"name": queue.information.name}
    assert await StationWork.find({"station_id": queue.id}).count() == 0  # sent for the queue, not for work
