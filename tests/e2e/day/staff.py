"""Staff: a rush strains the market, a member of staff is asked and declines, another one comes."""

import asyncio
from typing import Any

from tests.e2e.day.people import Person
from tests.e2e.day.riders import RIDE_MINUTES, arrive, hold_at, ride, swap
from tests.e2e.day.town import Town
from tests.support.waiting import until

ACTIVE = """
query Active { staffAssignments(filter: { isActive: true }) {
  edges { node { id staffMember { user { id } } target { id } cause state } } } }"""
OWN = """
query Own($id: ID!) { staffAssignments(filter: { staffId: $id }, first: 1) { edges { node { id state } } } }"""
ACCEPTED = "... on AcceptAssignmentPayload { assignment { state } }"
DECLINED = "... on DeclineAssignmentPayload { assignment { state } }"
ENDED = "... on EndAssignmentPayload { assignment { state } }"
RUSH = 7
"""Riders in a queue with no one to help them: the last one waits longer than promised."""


async def are_sent_into_a_rush(town: Town) -> None:
    """Seven riders come to the market, where no member of staff is."""
    coming = await town.idle_riders(RUSH)
    tried = await asyncio.gather(*(hold_at(town, rider, "market") for rider in coming))
    holds = [hold for hold in tried if hold is not None]
    assert len(holds) == RUSH
    await town.pass_minutes(RIDE_MINUTES)
    await asyncio.gather(*(arrive(town, hold) for hold in holds))
    await town.pass_minutes(1)
    await _decline(await _asked(town))
    await town.pass_minutes(1)
    helper, assignment = await _asked(town)
    await _go(town, helper, assignment)
    for hold in holds:
        await swap(town, hold)
    for _ in range(2):
        ended = await helper.must("endAssignment", ENDED, assignmentId=assignment["id"])
        assert ended["assignment"]["state"] == "ENDED"


async def _asked(town: Town) -> tuple[Person, dict[str, Any]]:
    """Return who is asked to go to the market."""

    async def look() -> list[dict[str, Any]]:
        found = await town.admin.ask(ACTIVE)
        return [edge["node"] for edge in found["edges"] if edge["node"]["state"] == "PROPOSED"]

    [assignment, *_] = await until(look, bool)
    assert town.name_of(assignment["target"]["id"]) == "market"
    [person] = [person for person in town.staff if person.node == assignment["staffMember"]["user"]["id"]]
    return person, assignment


async def _decline(asked: tuple[Person, dict[str, Any]]) -> None:
    person, assignment = asked
    for _ in range(2):
        declined = await person.must("declineAssignment", DECLINED, assignmentId=assignment["id"])
        assert declined["assignment"]["state"] == "DECLINED"


async def _go(town: Town, person: Person, assignment: dict[str, Any]) -> None:
    """Accept, also when the button is pressed twice, and go; the way is followed by the positions."""
    accepting = [person.must("acceptAssignment", ACCEPTED, assignmentId=assignment["id"]) for _ in range(2)]
    assert {answer["assignment"]["state"] for answer in await asyncio.gather(*accepting)} == {"ACCEPTED"}
    await town.pass_minutes(3)
    await ride(person, town.point("market"))

    async def look() -> str:
        found = await person.ask(OWN, id=person.node)
        return str(found["edges"][0]["node"]["state"])

    await until(look, lambda state: state == "ARRIVED")
