"""The audit log: written with the change or not at all, and read by administrators only."""

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLog, AuditLogEntry
from navswap.features.stations.service import StationsServices, StationState
from navswap.features.users.service import User
from navswap.infra.mongo import Session
from navswap.kit.ids import TimeOrderedIds, new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.support.api import Api, running

CLOSE = """
mutation Close($input: SetStationStateInput!) {
  setStationState(input: $input) { __typename ... on SetStationStatePayload { station { status { state } } } }
}"""
LOG = """
query Log($filter: AuditFilterInput, $first: Int, $after: String) {
  auditLog(filter: $filter, first: $first, after: $after) {
    edges { cursor node { id actor { id } actorRole action subjectKind subjectId subject { id } recordedAt correlationId
      before { name value } after { name value } } }
    pageInfo { hasNextPage endCursor }
  }
}"""


def token(runtime: Runtime, user: User) -> str:
    return runtime.access_tokens.issue(user.id, user.role, new_id())[0]


async def test_who_closed_a_station_is_recorded_with_what_was_before(runtime: Runtime) -> None:
    station, staff, admin = await a_station(runtime), await a_user(Role.STAFF), await a_user(Role.ADMIN)
    async with (
        running(runtime) as address,
        Api(address, token(runtime, staff)) as api,
        Api(address, token(runtime, admin)) as office,
    ):
        api.http.headers["x-correlation-id"] = "call-7"
        for _ in range(2):
            closed = {"stationId": node("Station", station.id), "state": "CLOSED"}
            assert (await api.ask(CLOSE, input=closed))["station"]["status"] == {"state": "CLOSED"}
        [edge] = (await office.ask(LOG))["edges"]
        entry = edge["node"]
        assert (entry["actor"], entry["actorRole"]) == ({"id": node("User", staff.id)}, "STAFF")
        assert (entry["action"], entry["subjectId"]) == ("setStationState", node("Station", station.id))
        assert entry["subject"] == {"id": entry["subjectId"]}
        assert entry["before"] == [{"name": "state", "value": '"OPEN"'}]
        assert entry["after"] == [{"name": "state", "value": '"CLOSED"'}]
        assert entry["correlationId"] == "call-7"
        shown = await office.ask("query($id: ID!) { node(id: $id) { id } }", id=entry["id"])
        assert shown == {"id": entry["id"]}
        assert await api.refused(LOG) == "NOT_ALLOWED"
        assert await api.ask("query($id: ID!) { node(id: $id) { id } }", id=entry["id"]) is None


async def test_the_log_is_read_page_by_page_newest_first_and_filtered(runtime: Runtime) -> None:
    service, stations = StationsServices.of(runtime).stations, [await a_station(runtime) for _ in range(3)]
    for station in stations:
        await service.set_state(station.id, StationState.CLOSED, a_principal("boss", Role.ADMIN))
    admin = await a_user(Role.ADMIN)
    async with running(runtime) as address, Api(address, token(runtime, admin)) as api:
        first = await api.ask(LOG, first=2)
        rest = await api.ask(LOG, first=2, after=first["pageInfo"]["endCursor"])
        listed = [edge["node"]["subjectId"] for page in (first, rest) for edge in page["edges"]]
        assert listed == [node("Station", station.id) for station in reversed(stations)]
        assert not rest["pageInfo"]["hasNextPage"]
        found = await api.ask(LOG, filter={"subjectId": listed[1], "actorId": node("User", "boss")})
        assert [edge["node"]["subjectId"] for edge in found["edges"]] == [listed[1]]
        assert (await api.ask(LOG, filter={"action": "retirePacks"}))["edges"] == []
        assert await api.refused(LOG, after="WzFd") == "BAD_CURSOR"
        assert await api.refused(LOG, filter={"actorId": listed[0]}) == "INVALID_INPUT"


async def test_a_change_that_fails_leaves_no_entry(runtime: Runtime) -> None:
    async def work(session: Session) -> None:
        boss = a_principal("boss", Role.ADMIN)
        await AuditLog(TimeOrderedIds(runtime.clock)).record(
            session, runtime.clock.now(), boss, "x", ("Station", "S"), before={}, after={}
        )
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await runtime.mongo.in_transaction(work)
    assert await AuditLogEntry.count() == 0


async def test_an_entry_without_a_transaction_is_a_mistake(runtime: Runtime) -> None:
    async with runtime.mongo.client.start_session() as session:
        with pytest.raises(RuntimeError, match="in the transaction"):
            await AuditLog(TimeOrderedIds(runtime.clock)).record(
                session,
                runtime.clock.now(),
                a_principal("boss", Role.ADMIN),
                "x",
                ("Station", "S"),
                before={},
                after={},
            )
