"""Faults and tickets as the API shows them: from a station to its faults, their tickets, and who works on them."""

from navswap.auth.roles import Role
from navswap.features.faults.service import FaultsServices
from navswap.features.users.service import User
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.faults import a_ticket, the_fault
from tests.factories.network import a_station
from tests.factories.users import a_user
from tests.support.api import Api, running

STATION_FAULTS = """
query StationFaults($id: ID!) {
  station(id: $id) {
    name
    faults(isOpen: true) {
      edges {
        node {
          code station { id } pack { id } reportedBy { id }
          attempts { id }
          ticket {
            recommendedAction
            fault { id } station { id } assignee { id }
            comments { text author { id } } history { kind user { id } }
          }
        }
      }
    }
  }
}"""
ATTEMPT = "query Attempt($id: ID!) { node(id: $id) { ... on FaultAttempt { action level outcome } } }"
REPORT = """
mutation Report($input: ReportFaultInput!) {
  reportFault(input: $input) { ... on ReportFaultPayload { faultId isNew fault { id source reportedBy { id } } } }
}"""


def api_of(runtime: Runtime, address: str, user: User) -> Api:
    token, _ = runtime.access_tokens.issue(user.id, user.role, new_id())
    return Api(address, token)


async def test_a_station_leads_to_its_faults_and_to_who_works_on_them(runtime: Runtime) -> None:
    station, staff = await a_station(runtime), await a_user(Role.STAFF)
    ticket = await a_ticket(runtime, station)
    tickets = FaultsServices.of(runtime).tickets
    await tickets.assign(ticket.id, staff.id, staff.id)
    await tickets.comment(ticket.id, staff.id, "On my way", "k")
    fault = await the_fault(station)
    here, them = {"id": node("Station", station.id)}, {"id": node("User", staff.id)}
    async with running(runtime) as address, api_of(runtime, address, staff) as api:
        found = await api.ask(STATION_FAULTS, id=here["id"])
        attempts = [node("FaultAttempt", attempt.command_id) for attempt in fault.attempts]
        assert [edge["node"] for edge in found["faults"]["edges"]] == [
            {
                "code": "SLOT_FAILED",
                "station": here,
                "pack": None,
                "reportedBy": None,
                "attempts": [{"id": attempt} for attempt in attempts],
                "ticket": {
                    "recommendedAction": str(ticket.recommended),
                    "fault": {"id": node("Fault", fault.id)},
                    "station": here,
                    "assignee": them,
                    "comments": [{"text": "On my way", "author": them}],
                    "history": [{"kind": "OPENED", "user": None}, {"kind": "ASSIGNED", "user": them}],
                },
            }
        ]
        shown = await api.ask(ATTEMPT, id=attempts[0])
        assert shown == {"action": "RESET_MODULE", "level": 1, "outcome": "REJECTED"}


async def test_a_rider_reads_the_station_but_not_its_faults(runtime: Runtime) -> None:
    station, rider = await a_station(runtime), await a_user()
    await a_ticket(runtime, station)
    command_id = (await the_fault(station)).attempts[0].command_id
    async with running(runtime) as address, api_of(runtime, address, rider) as api:
        answer = await api.post(STATION_FAULTS, id=node("Station", station.id))
        assert answer["data"]["station"] == {"name": station.information.name, "faults": None}
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_ALLOWED"]
        assert await api.ask(ATTEMPT, id=node("FaultAttempt", command_id)) is None


async def test_who_reports_a_fault_is_its_source_and_only_operators_read_it(runtime: Runtime) -> None:
    station = await a_station(runtime)
    report = {"stationId": node("Station", station.id), "code": "LATCH_STUCK"}
    async with running(runtime) as address:
        for slot, role, source in (
            (1, Role.ADMIN, "ADMIN"),
            (2, Role.STAFF, "STAFF"),
            (3, Role.CONSUMER, None),
        ):
            user = await a_user(role)
            async with api_of(runtime, address, user) as api:
                reported = await api.ask(REPORT, input={**report, "evseId": slot})
            assert reported["isNew"]
            shown = {
                "id": reported["faultId"],
                "source": source,
                "reportedBy": {"id": node("User", user.id)},
            }
            assert reported["fault"] == (None if source is None else shown)
