"""A fault from end to end, through the public API and its live streams: noticed, contained, ticketed, repaired."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.faults.service import FaultsServices
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.e2e.scenarios import node
from tests.factories.faults import on_site
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.users import a_user
from tests.support.api import Api, live, running
from tests.support.geo import destination

pytestmark = pytest.mark.streams

TELEMETRY = """
mutation Telemetry($input: ReportTelemetryInput!) {
  reportTelemetry(input: $input) {
    __typename
    ... on ReportTelemetryPayload { acceptedReadings raisedFaults resolvedFaults rejectedReadings { index reason } }
    ... on Refusal { code message }
  }
}"""

SLOTS = """
query Slots($id: ID!) { station(id: $id) { slots { evseId state } status { blockedPacks chargedPacks } } }"""

FAULTS = """
query Faults($filter: FaultFilterInput) {
  faults(filter: $filter, first: 5) {
    edges {
      node {
        id code state level ticket { id }
        attempts { id action outcome }
        analyses { source chosen ranked { action probability expectedMinutes } }
      }
    }
  }
}"""

CONFIRM_COMMAND = """
mutation Answer($input: ConfirmCommandInput!) {
  confirmCommand(input: $input) {
    __typename
    ... on ConfirmCommandPayload { fault { state } }
    ... on Refusal { code message }
  }
}"""

TICKETS = """
query Tickets($filter: TicketFilterInput) {
  tickets(filter: $filter) { edges { node { id state severity dueAt openedAt code } } }
}"""

TICKET_CHANGED = """
subscription TicketChanged($ids: [ID!]!) {
  ticketChanged(ticketIds: $ids) {
    __typename
    ... on TicketsSnapshot { cursor tickets { id state } }
    ... on TicketUpdate { cursor sequence ticket { id state assignee { id } comments { text } history { kind } } }
    ... on Resync { reason }
  }
}"""

MOVED_ENTRY = """
subscription EntryChanged($id: ID!) {
  queueEntryChanged(id: $id) {
    __typename
    ... on QueueEntrySnapshot { entry { id station { id } } }
    ... on QueueEntryUpdate {
      sequence
      entry {
        id station { id } state endedAt compensationCredits
        moves { fromStation { id } toStation { id } distanceMetres }
      }
    }
    ... on Resync { reason }
  }
}"""


def api_of(runtime: Runtime, address: str, user: User) -> Api:
    token, _ = runtime.access_tokens.issue(user.id, user.role, new_id())
    return Api(address, token)


def ticket_mutation(name: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}"
    return (
        f"mutation T($input: {kind}Input!) {{ {name}(input: $input) {{ __typename "
        f"... on {kind}Payload {{ ticket {{ state }} }} ... on Refusal {{ code message }} }} }}"
    )


def broken(clock: ManualClock, **values: Any) -> dict[str, Any]:
    reading = {"component": "SLOT", "measuredAt": clock.now().isoformat(), "errorCode": "InternalError"}
    return {**reading, **values}


async def test_watching_no_ticket_or_too_many_is_refused_in_words(runtime: Runtime) -> None:
    staff = await a_user(Role.STAFF)
    async with (
        running(runtime) as address,
        api_of(runtime, address, staff) as desk,
        live(address, desk.token) as overseeing,
    ):
        for ids in ([], [node("Ticket", f"ticket-{number}") for number in range(101)]):
            refused = await (await overseeing.subscribe(TICKET_CHANGED, ids=ids)).message()
            error = refused["payload"]["errors"][0] if refused["type"] == "next" else refused["payload"][0]
            assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_a_rider_learns_where_a_fault_moved_the_hold(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    rider, _ = await a_rider()
    staff = await a_user(Role.STAFF)
    async with (
        running(runtime, worker=True) as address,
        api_of(runtime, address, rider) as phone,
        api_of(runtime, address, staff) as desk,
        live(address, phone.token) as watching,
        live(address, desk.token) as overseeing,
    ):
        confirming = {"stationId": node("Station", station.id), "idempotencyKey": "k"}
        entry = (await phone.ask(op.CONFIRM, input=confirming))["entry"]
        own = await watching.subscribe(MOVED_ENTRY, id=entry["id"])
        await own.until(__typename="QueueEntrySnapshot")
        old_queue = await overseeing.subscribe(op.QUEUE_CHANGED, id=node("Station", station.id))
        new_queue = await overseeing.subscribe(op.QUEUE_CHANGED, id=node("Station", near.id))
        before = [await queue.until(__typename="QueueSnapshot") for queue in (old_queue, new_queue)]
        assert [one["queue"]["length"] for one in before] == [1, 0]

        report = {
            "stationId": node("Station", station.id),
            "readings": [broken(clock, evseId=entry["packs"][0]["evseId"])],
        }
        reported = await desk.ask(TELEMETRY, input=report)
        assert (reported["acceptedReadings"], reported["raisedFaults"]) == (1, 1)

        moved = (await own.until(__typename="QueueEntryUpdate"))["entry"]
        assert (moved["id"], moved["station"]["id"]) == (entry["id"], node("Station", near.id))
        assert [move["toStation"]["id"] for move in moved["moves"]] == [node("Station", near.id)]
        left = await old_queue.until(__typename="QueueUpdate")
        assert (left["length"], left["entry"]["station"]["id"]) == (0, node("Station", near.id))
        joined = await new_queue.until(__typename="QueueUpdate")
        assert (joined["length"], joined["entry"]["id"]) == (1, entry["id"])
        slots = await phone.ask(SLOTS, id=node("Station", station.id))
        assert slots["slots"][0] == {"evseId": 1, "state": "FAULTED"}
        assert slots["status"] == {"blockedPacks": 1, "chargedPacks": 0}

        clock.advance(timedelta(minutes=1))
        far = [broken(clock, evseId=1)]
        await desk.ask(TELEMETRY, input={"stationId": node("Station", near.id), "readings": far})
        ended = (await own.until(entry__state="COMPENSATED"))["entry"]
        assert ended["compensationCredits"] == runtime.settings.compensation_credits


async def test_a_fault_goes_to_people_whose_ticket_is_live(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime, charged=2)
    staff = await a_user(Role.STAFF)
    async with (
        running(runtime, worker=True) as address,
        api_of(runtime, address, staff) as desk,
        live(address, desk.token) as watching,
    ):
        report = {"stationId": node("Station", station.id), "readings": [broken(clock, evseId=1)]}
        await desk.ask(TELEMETRY, input=report)
        stationed = {"stationId": node("Station", station.id)}
        for _ in range(10):
            await FaultsServices.of(runtime).commands.advance_due()
            [edge] = (await desk.ask(FAULTS, filter=stationed))["edges"]
            fault = edge["node"]
            if fault["ticket"] is not None:
                break
            pending = [one["id"] for one in fault["attempts"] if one["outcome"] == "PENDING"]
            for command in pending:
                await desk.ask(CONFIRM_COMMAND, input={"commandId": command, "isAccepted": False})
        assert (fault["state"], fault["level"]) == ("TICKETED", 3)
        assert {one["outcome"] for one in fault["attempts"]} == {"REJECTED"}
        assert fault["analyses"][-1]["source"] == "BASELINE"
        [edge] = (await desk.ask(TICKETS, filter={**stationed, "state": "OPEN"}))["edges"]
        ticket = edge["node"]["id"]
        assert ticket == fault["ticket"]["id"]

        changes = await watching.subscribe(TICKET_CHANGED, ids=[ticket])
        assert (await changes.next())["tickets"] == [{"id": ticket, "state": "OPEN"}]
        assignee = {"ticketId": ticket, "assigneeId": node("User", staff.id)}
        await desk.ask(ticket_mutation("assignTicket"), input=assignee)
        comment = {"ticketId": ticket, "text": "On my way", "idempotencyKey": "k"}
        await desk.ask(ticket_mutation("commentTicket"), input=comment)
        await on_site(runtime, staff.id, station.information.point)
        await desk.ask(ticket_mutation("resolveTicket"), input={"ticketId": ticket, "action": "SWAP_MODULE"})
        updates = [await changes.next() for _ in range(3)]
        assert [one["sequence"] for one in updates] == [2, 3, 4]
        assert [one["ticket"]["state"] for one in updates] == ["ASSIGNED", "ASSIGNED", "RESOLVED"]
        assert updates[-1]["ticket"]["comments"] == [{"text": "On my way"}]
        slots = await desk.ask(SLOTS, id=node("Station", station.id))
        assert {one["state"] for one in slots["slots"]} == {"AVAILABLE"}
        assert slots["status"]["chargedPacks"] == 2
