"""Assignments on real stores: from the proposal to the end, and what happens at once."""

import asyncio
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.consumer import FactConsumer
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.geofences.events import FenceEntered, FenceLeft, watch_name
from navswap.features.geofences.storage import FenceWatches
from navswap.features.staffing.domain.values import AssignmentState, StaffAssignment
from navswap.features.staffing.errors import (
    AssignmentNotActiveError,
    AssignmentNotFoundError,
    ProposalEndedError,
)
from navswap.features.staffing.events import ORIGIN_WATCH, TARGET_WATCH
from navswap.features.staffing.service import AssignmentService, StaffingServices
from navswap.features.staffing.storage import StaffAssignments, StaffMembers
from navswap.features.stations.service import Station
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.facts import Fact
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_message, a_principal
from tests.factories.staffing import a_proposal, a_staff_member, asked
from tests.features.positions.stores import position_consumer, record_of
from tests.features.swapping.steps import confirm
from tests.support.geo import destination

BOSS = a_principal("boss", Role.ADMIN)


def assignments(runtime: Runtime) -> AssignmentService:
    return StaffingServices.of(runtime).assignments


async def two_stations(runtime: Runtime) -> tuple[Station, Station]:
    return await a_station(runtime), await a_station(runtime, point=destination(TAIPEI, 90.0, 2000))


async def a_proposed(runtime: Runtime) -> tuple[User, StaffAssignment]:
    home, target = await two_stations(runtime)
    person = await a_staff_member(runtime, home)
    return person, await asked(runtime, person.id, home.id, target.id)


async def published(person: User) -> list[tuple[str, int]]:
    found = await OutboxEvent.find({"envelope.key": person.id}).sort("position").to_list()
    return [(event.envelope["type"].split(".")[-1], event.envelope["payload"]["sequence"]) for event in found]


def consumer(runtime: Runtime, group: str) -> FactConsumer:
    [found] = [consumer for consumer in fact_consumers(runtime) if consumer.group == group]
    return found


async def react(runtime: Runtime, event: Fact, group: str = "staffing") -> None:
    await consumer(runtime, group).handle_once(Envelope.around(event, runtime.clock.now(), new_id()))


def crossing(
    kind: type[FenceEntered | FenceLeft],
    runtime: Runtime,
    purpose: str,
    identifier: str,
    place_id: str = "somewhere",
) -> FenceEntered | FenceLeft:
    return kind(
        watch_id=watch_name(purpose, identifier),
        subject_id="any",
        place_id=place_id,
        recorded_at=runtime.clock.now(),
    )


async def test_an_assignment_goes_from_proposal_to_arrival_by_the_fences_of_its_way(
    runtime: Runtime, clock: ManualClock
) -> None:
    person, proposed = await a_proposed(runtime)
    accepted = await assignments(runtime).accept(proposed.id, person.id)
    assert (accepted.state, accepted.accepted_at) == (AssignmentState.ACCEPTED, clock.now())
    watches = await FenceWatches.list_where({})
    assert [(watch.id, watch.place_id) for watch in watches] == [
        (f"assignment-origin:{proposed.id}", proposed.origin_id),
        (f"assignment-target:{proposed.id}", proposed.target_id),
    ]
    clock.advance(timedelta(minutes=3))
    await react(runtime, crossing(FenceLeft, runtime, ORIGIN_WATCH, proposed.id))
    moving = await StaffAssignments.find(proposed.id)
    assert moving is not None
    assert (moving.state, moving.departed_at) == (AssignmentState.MOVING, clock.now())
    clock.advance(timedelta(minutes=6))
    await react(runtime, crossing(FenceEntered, runtime, TARGET_WATCH, proposed.id))
    arrived = await StaffAssignments.find(proposed.id)
    assert arrived is not None
    assert (arrived.state, arrived.arrived_at, arrived.due_at) == (
        AssignmentState.ARRIVED,
        clock.now(),
        proposed.work_ends_at,
    )
    assert len(await FenceWatches.list_where({})) == 0
    clock.advance(timedelta(hours=2))
    assert await assignments(runtime).lapse_due() == 1
    assert await published(person) == [
        ("proposed", 1),
        ("accepted", 2),
        ("departed", 3),
        ("arrived", 4),
        ("ended", 5),
    ]


async def test_a_crossing_that_means_something_else_changes_nothing(runtime: Runtime) -> None:
    person, proposed = await a_proposed(runtime)
    await react(runtime, crossing(FenceEntered, runtime, TARGET_WATCH, proposed.id))
    await assignments(runtime).accept(proposed.id, person.id)
    for kind, purpose in (
        (FenceEntered, ORIGIN_WATCH),
        (FenceLeft, TARGET_WATCH),
        (FenceEntered, HOLD_WATCH),
        (FenceLeft, HOLD_WATCH),
    ):
        await react(runtime, crossing(kind, runtime, purpose, proposed.id))
    now = await StaffAssignments.find(proposed.id)
    assert now is not None
    assert now.state is AssignmentState.ACCEPTED


async def test_riders_and_staff_arrive_each_by_their_own_watch(runtime: Runtime) -> None:
    station, other = await two_stations(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    person = await a_staff_member(runtime, other)
    assignment = await asked(runtime, person.id, other.id, station.id)
    await assignments(runtime).accept(assignment.id, person.id)
    for group in ("staffing", "swapping"):
        await react(runtime, crossing(FenceEntered, runtime, TARGET_WATCH, entry.id), group)
        await react(runtime, crossing(FenceEntered, runtime, HOLD_WATCH, assignment.id), group)
    assert await OutboxEvent.find({"envelope.type": {"$regex": "arrived$"}}).count() == 0
    for group in ("staffing", "swapping"):
        await react(runtime, crossing(FenceEntered, runtime, TARGET_WATCH, assignment.id), group)
        await react(runtime, crossing(FenceEntered, runtime, HOLD_WATCH, entry.id, station.id), group)
    arrived = await OutboxEvent.find({"envelope.type": {"$regex": "arrived$"}}).to_list()
    assert sorted(event.envelope["type"] for event in arrived) == [
        "staffing.assignment.arrived",
        "swapping.queue_entry.arrived",
    ]


async def test_twenty_proposals_at_once_give_a_person_one(runtime: Runtime) -> None:
    home, target = await two_stations(runtime)
    person = await a_staff_member(runtime, home)
    proposals = StaffingServices.of(runtime).proposals
    results = await asyncio.gather(
        *(proposals.ask(a_proposal(runtime, person.id, home.id, target.id)) for _ in range(20))
    )
    assert sum(assignment is not None for assignment in results) == 1
    assert len(await StaffAssignments.list_where({"staff_id": person.id})) == 1
    assert await published(person) == [("proposed", 1)]


async def test_of_acceptances_and_declines_at_once_one_kind_holds(
    runtime: Runtime,
) -> None:
    person, proposed = await a_proposed(runtime)
    service = assignments(runtime)
    results = await asyncio.gather(
        *(service.accept(proposed.id, person.id) for _ in range(5)),
        *(service.decline(proposed.id, person.id) for _ in range(5)),
        return_exceptions=True,
    )
    states = {answer.state for answer in results if isinstance(answer, StaffAssignment)}
    assert len(states) == 1
    assert sum(isinstance(answer, ProposalEndedError) for answer in results) == 5
    assert len(await published(person)) == 2
    assert len(await FenceWatches.list_where({})) == (2 if states == {AssignmentState.ACCEPTED} else 0)
    member = await StaffMembers.find(person.id)
    assert member is not None
    assert member.sequence == 2


async def test_only_the_person_concerned_answers(runtime: Runtime) -> None:
    _, proposed = await a_proposed(runtime)
    other = await a_staff_member(runtime, await a_station(runtime))
    service = assignments(runtime)
    for answer in (
        service.accept,
        service.decline,
        lambda key, staff_id: service.end(key, a_principal(staff_id, Role.STAFF)),
    ):
        with pytest.raises(AssignmentNotFoundError):
            await answer(proposed.id, other.id)
        with pytest.raises(AssignmentNotFoundError):
            await answer("nothing", other.id)


async def test_answering_again_is_the_same_as_once_and_changing_ones_mind_is_refused(
    runtime: Runtime,
) -> None:
    person, proposed = await a_proposed(runtime)
    service = assignments(runtime)
    first = await service.accept(proposed.id, person.id)
    assert await service.accept(proposed.id, person.id) == first
    with pytest.raises(ProposalEndedError):
        await service.decline(proposed.id, person.id)
    ended = await service.end(proposed.id, a_principal(person.id, Role.STAFF))
    assert (await service.end(proposed.id, BOSS)).revision == ended.revision
    assert len(await FenceWatches.list_where({})) == 0
    again = await asked(runtime, person.id, proposed.origin_id, proposed.target_id)
    with pytest.raises(AssignmentNotActiveError):
        await service.end(again.id, BOSS)
    declined = await service.decline(again.id, person.id)
    assert (await service.decline(again.id, person.id)).revision == declined.revision
    with pytest.raises(ProposalEndedError):
        await service.accept(again.id, person.id)


async def test_a_proposal_that_is_not_answered_expires_and_frees_the_person(
    runtime: Runtime, clock: ManualClock
) -> None:
    person, proposed = await a_proposed(runtime)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(ProposalEndedError):
        await assignments(runtime).accept(proposed.id, person.id)
    assert sum(await asyncio.gather(*(assignments(runtime).lapse_due() for _ in range(4)))) == 1
    expired = await StaffAssignments.find(proposed.id)
    assert expired is not None
    assert (expired.state, expired.is_active) == (AssignmentState.EXPIRED, False)
    await asked(runtime, person.id, proposed.origin_id, proposed.target_id)


async def test_a_member_who_never_comes_is_waited_for_thrice_the_way(
    runtime: Runtime, clock: ManualClock
) -> None:
    person, proposed = await a_proposed(runtime)
    accepted = await assignments(runtime).accept(proposed.id, person.id)
    assert accepted.due_at == clock.now() + timedelta(minutes=3 * 6 + 10)
    clock.advance(timedelta(minutes=28))
    assert await assignments(runtime).lapse_due() == 1
    expired = await StaffAssignments.find(proposed.id)
    assert expired is not None
    assert expired.state is AssignmentState.EXPIRED
    assert len(await FenceWatches.list_where({})) == 0


async def test_a_way_is_followed_by_the_positions_of_the_person(runtime: Runtime, clock: ManualClock) -> None:
    person, proposed = await a_proposed(runtime)
    await assignments(runtime).accept(proposed.id, person.id)
    clock.advance(timedelta(minutes=10))
    seconds_and_metres = [(0, 50), (30, 60), (90, 900), (160, 1000), (400, 1700), (430, 1800), (600, 1990)]
    points = [
        GpsPoint(person.id, destination(TAIPEI, 90.0, metres), proposed.proposed_at + timedelta(seconds=at))
        for at, metres in seconds_and_metres
    ]
    worker = position_consumer(runtime)
    states = []
    for point in points:
        await worker.handle([record_of(a_message([point], Role.STAFF))])
        crossings = OutboxEvent.find({"envelope.topic": "geofences", "pending": True}).sort("position")
        for crossed in await crossings.to_list():
            await consumer(runtime, "staffing").handle_once(envelope_of(crossed.model_dump()))
        now = await StaffAssignments.find(proposed.id)
        assert now is not None
        states.append(now.state)
    assert list(dict.fromkeys(states)) == [
        AssignmentState.ACCEPTED,
        AssignmentState.MOVING,
        AssignmentState.ARRIVED,
    ]
    assert now is not None
    assert (now.departed_at, now.arrived_at) == (points[2].recorded_at, points[4].recorded_at)
