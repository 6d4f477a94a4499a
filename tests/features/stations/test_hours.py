"""Operators say when a station is open, and clients see it."""

from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.stations.service import Station
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.users import a_user
from tests.support.api import Api, running

SET = """mutation Set($input: SetStationHoursInput!) {
  setStationHours(input: $input) {
    __typename
    ... on SetStationHoursPayload { station {
      openingHours timeZone country isOpen opensAt closesAt hoursExceptions { date hours } status { revision }
    } }
    ... on InvalidInput { field }
  }
}"""
SHOW = """query Show($id: ID!) { station(id: $id) { openingHours timeZone isOpen opensAt closesAt } }"""


def written(station: Station, **changed: Any) -> dict[str, Any]:
    hours = {"openingHours": "Mo-Su 06:00-23:00", "timeZone": "Asia/Kolkata", "country": "IN"}
    return {"stationId": node("Station", station.id)} | hours | changed


async def test_the_schema_says_whether_a_station_is_open_and_when_it_opens(
    runtime: Runtime, clock: ManualClock
) -> None:
    clock.advance(timedelta(hours=12))  # 20:00 UTC, half past one of the next day in India
    station, admin = await a_station(runtime), await a_user(Role.ADMIN)
    token, _ = runtime.access_tokens.issue(admin.id, admin.role, new_id())
    async with running(runtime) as address, Api(address, token) as office, Api(address) as public:
        before = await public.ask(SHOW, id=node("Station", station.id))
        exception = {"date": "2026-12-25", "hours": None}
        done = await office.ask(SET, input=written(station, exceptions=[exception]))
        again = await office.ask(SET, input=written(station, exceptions=[exception]))
        refused = await office.ask(
            SET, input=written(station, exceptions=[exception | {"hours": "sometimes"}])
        )
    assert before == {
        "openingHours": None,
        "timeZone": "UTC",
        "isOpen": True,
        "opensAt": None,
        "closesAt": None,
    }
    shown = done["station"]
    assert (shown["openingHours"], shown["timeZone"], shown["country"]) == (
        "Mo-Su 06:00-23:00",
        "Asia/Kolkata",
        "IN",
    )
    assert (shown["isOpen"], shown["closesAt"]) == (False, None)
    assert shown["opensAt"] == "2026-03-03T00:30:00.000Z"
    assert shown["hoursExceptions"] == [exception]
    assert again["station"]["status"]["revision"] == shown["status"]["revision"]
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", "input.exceptions[0].hours")
    [entry] = await AuditLogEntry.find({"action": "setStationHours"}).to_list()
    assert (entry.subject_id, entry.before["opening_hours"]) == (station.id, "")
