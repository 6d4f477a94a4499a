"""The inputs that stand for the faults of real phones and clients, each with the right answer, and siblings of them.

The cases of files are in tests/seeding/test_cases.py and tests/seeding/test_reimport.py.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from navswap.auth.roles import Role
from navswap.graphql.scalars import write_moment
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.e2e.scenarios import node
from tests.factories.network import a_rider, a_station
from tests.factories.users import PASSWORD, a_user, token_of
from tests.support.api import Api, connected, http_client, running
from tests.support.geo import destination

pytestmark = pytest.mark.streams

CASES = Path(__file__).parent / "cases"
REPORT = """
mutation ($input: ReportPositionsInput!) {
  reportPositions(input: $input) {
    __typename
    ... on ReportPositionsPayload {
      accepted rejected { reason indexes } refused { index field reason example }
    }
    ... on Refusal { code message }
  }
}"""
CREDIT = """
mutation ($input: AdjustCreditsInput!) {
  adjustCredits(input: $input) { __typename ... on Refusal { code } }
}"""
SAVED = "{ __typename ... on Refusal { code } ... on InvalidInput { field } }"


def case(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text())
    return read


def at(clock: ManualClock, point: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a point of a case as the API takes it: `dt` is in seconds from now."""
    names = {"accuracyMetres": "accuracy"}
    known = {names.get(name, name): value for name, value in point.items() if name != "dt"}
    moment = clock.now() + timedelta(seconds=point["dt"])
    return {"recordedAt": moment.isoformat(), **known, **more}


async def reported(runtime: Runtime, *batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers to batches, each of a rider of its own."""
    answers = []
    async with running(runtime) as address, Api(address) as api:
        for batch in batches:
            api.token = token_of(runtime, await a_user())
            answers.append(await api.ask(REPORT, input={"positions": batch}))
    return answers


@pytest.mark.parametrize("unknown", [-1, -1.0, None, -0.001])
async def test_p01_a_negative_number_stands_for_unknown(
    runtime: Runtime, clock: ManualClock, unknown: float | None
) -> None:
    points = case("p01_unknown_is_minus_one")["points"]
    names = ("accuracyMetres", "speedMetresPerSecond", "headingDegrees")
    batch = [
        at(clock, {**point, **{name: unknown for name in names if point.get(name) == -1}}) for point in points
    ]
    [answer] = await reported(runtime, batch)
    assert (answer["accepted"], answer["rejected"], answer["refused"]) == (3, [], [])


async def test_p02_a_time_that_can_be_read_in_one_way_is_taken_and_another_costs_itself_only(
    runtime: Runtime, clock: ManualClock
) -> None:
    forms = case("p02_time_forms")
    clock.advance(datetime(2026, 11, 29, 15, 30, tzinfo=UTC) - clock.now())
    more = [
        "20261129T152000Z",
        "2026-11-29 15:20:00Z",
        "2026-11-29t15:20z",
        "2026-11-29T15:20:00.1234567890Z",
    ]
    vague = ["29.11.2026 15:20", "", "yesterday", "2026-11-29T15:20:00 IST", "2026-11-29T25:20:00Z"]
    point = {"longitude": 71.2, "latitude": 27.1}

    def batch(form: str) -> list[dict[str, Any]]:
        ends = [{"dt": -1, **point}, {"dt": 0, **point}]
        return [at(clock, ends[0]), {**point, "recordedAt": form}, at(clock, ends[1])]

    taken = [*forms["good"], *forms["unambiguous_but_refused"], *more]
    refused = [*forms["must_be_refused"], *vague]
    answers = await reported(runtime, *(batch(form) for form in (*taken, *refused)))
    accepted = [(form, answer["accepted"]) for form, answer in zip(taken, answers, strict=False)]
    assert accepted == [(form, 3) for form in taken]
    for form, answer in zip(refused, answers[len(taken) :], strict=True):
        assert answer["accepted"] == 2
        [one] = answer["refused"]
        assert (one["index"], one["field"], one["example"]) == (1, "recordedAt", "2026-03-02T08:00:00Z")
        assert repr(form) in one["reason"]


@pytest.mark.parametrize("way", ["one batch", "one by one", "late"])
async def test_p05_wild_fixes_that_agree_do_not_lock_the_rider_out(
    runtime: Runtime, clock: ManualClock, way: str
) -> None:
    given = case("p05_wild_fixes_agree")
    station = await a_station(runtime, point=Point(71.216867, 27.115405))
    rider, _ = await a_rider()
    clock.advance(timedelta(minutes=10))
    batch = [at(clock, point) for point in given["points"]]
    batches = {"one batch": [batch], "one by one": [[one] for one in batch], "late": [batch[:3], batch[3:]]}
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        confirming = {"stationId": node("Station", station.id), "idempotencyKey": "1"}
        entry = (await api.ask(op.CONFIRM, input=confirming))["entry"]
        for sent in batches[way]:
            answer = await api.ask(REPORT, input={"positions": sent})
        last = len(batches[way][-1]) - 1
        assert all(last not in one["indexes"] for one in answer["rejected"])
        api.token = token_of(runtime, await a_user(Role.STAFF))
        scan = {"token": entry["qr"]["token"], "stationId": node("Station", station.id)}
        assert (await api.ask(op.VERIFY, input=scan))["entry"]["state"] == "VERIFIED"


async def post(address: str, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    async with http_client() as client:
        return await client.post(f"http://{address}/graphql", content=json.dumps(body), headers=headers)


async def test_h09_a_stale_token_does_not_stop_a_new_session(runtime: Runtime, clock: ManualClock) -> None:
    user = await a_user(password=PASSWORD)
    [refreshing, signing_in] = [request["query"] for request in case("h09_stale_token")["requests"]]
    async with running(runtime) as address, Api(address) as api:
        answer = await api.ask(op.SIGN_IN, input={"email": user.email, "password": PASSWORD})
        clock.advance(timedelta(minutes=runtime.settings.access_token_minutes + 1))
        headers = {
            "authorization": f"Bearer {answer['session']['accessToken']}",
            "content-type": "application/json",
        }
        signing_in = signing_in.replace("rider@demo.navswap", user.email).replace("two-minute-swap", PASSWORD)
        refreshed = {"query": refreshing, "variables": {"t": answer["session"]["refreshToken"]}}
        for body in ({"query": signing_in}, refreshed):
            [data] = (await post(address, body, headers)).json()["data"].values()
            assert data["__typename"] in {"SignInPayload", "RefreshSessionPayload"}
        refused = await post(address, {"query": "{ creditBalance { credits } }"}, headers)
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_h01_a_document_by_its_hash_is_asked_for(runtime: Runtime) -> None:
    async with running(runtime) as address:
        answer = await post(address, case("h01_apq")["body"], {"content-type": "application/json"})
    [error] = answer.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == (
        "PersistedQueryNotSupported",
        "PERSISTED_QUERY_NOT_SUPPORTED",
    )


async def test_h04_the_usual_ways_to_say_utf_8_are_taken(runtime: Runtime) -> None:
    given = case("h04_charset_utf8")
    others = ['application/json;charset="utf-8"', "application/json; charset=UTF8", "application/JSON"]
    async with running(runtime) as address:
        for content_type in (given["content_type"], *others):
            answer = await post(address, given["body"], {"content-type": content_type})
            assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


async def test_h06_a_balance_beyond_32_bits_is_a_number(runtime: Runtime) -> None:
    rider, admin = await a_user(), await a_user(Role.ADMIN)
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        for number in range(215):
            given = {"credits": 10_000_000, "reason": "Large", "idempotencyKey": f"{number}"}
            answer = await api.ask(CREDIT, input={"userId": node("User", rider.id), **given})
            assert answer["__typename"] == "AdjustCreditsPayload"
        asked = await api.ask(
            "query ($id: ID) { creditBalance(userId: $id) { credits } }", id=node("User", rider.id)
        )
        api.token = token_of(runtime, rider)
        own = await api.ask("{ creditBalance { credits } }")
    assert asked == own == {"credits": 2_150_000_000}


Zoned = Callable[[Api, str], Awaitable[str]]
"""Use a time zone; returns the code of the refusal, empty where it is taken."""


async def _code(api: Api, document: str, **variables: Any) -> str:
    body = await api.post(document, **variables)
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"])
    [value] = body["data"].values()
    return str(value.get("code", "")) if isinstance(value, dict) else ""


async def test_h02_every_field_gives_the_same_answer_for_a_time_zone(
    runtime: Runtime, clock: ManualClock
) -> None:
    given = case("h02_time_zones")
    refused = [
        *given["zones_refused_everywhere"],
        "posixrules",
        "Factory",
        "Asia/Kolkata ",
        "asia/kolkata",
        "IST",
    ]
    taken = [*given["zones_taken_everywhere"], "UTC", "Asia/Kathmandu", "Etc/GMT+5"]
    station, admin = await a_station(runtime), await a_user(Role.ADMIN)
    rider, _ = await a_rider()
    staff, partner = await a_user(Role.STAFF), await a_user(Role.PARTNER)
    span = {
        "since": (clock.now() - timedelta(hours=1)).isoformat(),
        "until": (clock.now() + timedelta(hours=1)).isoformat(),
    }
    stations = [node("Station", station.id)]

    def by(document: str, **variables: Any) -> Zoned:
        async def use(api: Api, zone: str) -> str:
            return await _code(api, document, **{**variables, "span": {**span, "timeZone": zone}})

        return use

    def save(field: str, **values: Any) -> Zoned:
        kind = f"{field[0].upper()}{field[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {field}(input: $input) {SAVED} }}"

        async def use(api: Api, zone: str) -> str:
            return await _code(api, document, input={**values, "timeZone": zone})

        return use

    async def admin_logistics(api: Api, zone: str) -> str:
        return await _code(api, "query ($z: String!) { adminLogistics(timeZone: $z) { asOf } }", z=zone)

    day = [{"days": days, "startHour": 0, "endHour": 24, "pricePerKwh": 7} for days in ("WEEKDAY", "WEEKEND")]
    uses = {
        "swapStatistics": by("query ($span: StatisticsSpanInput!) { swapStatistics(span: $span) { swaps } }"),
        "stationStatistics": by(
            "query ($span: StatisticsSpanInput!, $ids: [ID!]!) "
            "{ stationStatistics(span: $span, stationIds: $ids) { holds } }",
            ids=stations,
        ),
        "adminLogistics": admin_logistics,
        "saveTariff": save("saveTariff", key="t", name="T", currency="INR", periods=day),
        "savePartnerShop": save(
            "savePartnerShop",
            key="s",
            ownerId=node("User", partner.id),
            name="Shop",
            location={"longitude": 71.2, "latitude": 27.1},
            openingHours="24/7",
            capacityPacks=5,
            creditsPerPackDay=1,
        ),
        "saveDepot": save("saveDepot", key="d", name="Depot"),
        "saveStaffMember": save(
            "saveStaffMember",
            userId=node("User", staff.id),
            homeStationId=stations[0],
            skills=["SERVICE"],
            shiftStartHour=6,
            shiftEndHour=14,
        ),
        "setStationHours": save("setStationHours", stationId=stations[0], openingHours="24/7"),
    }
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        await api.ask(op.CONFIRM, input={"stationId": stations[0], "idempotencyKey": "1"})
        api.token = token_of(runtime, admin)
        answers = {
            (field, zone): await use(api, zone) for field, use in uses.items() for zone in (*taken, *refused)
        }
    expected = {(field, zone): "" for field in uses for zone in taken}
    assert answers == expected | {(field, zone): "INVALID_INPUT" for field in uses for zone in refused}


@pytest.mark.parametrize("number", [0, 1])
async def test_w01_a_socket_finds_the_token_where_clients_put_it(runtime: Runtime, number: int) -> None:
    station, user = await a_station(runtime), await a_user()
    wrapped = json.dumps(case("w01_token_in_wrong_place")["payloads"][number])
    payload = json.loads(wrapped.replace("<CONSUMER>", token_of(runtime, user)))
    async with running(runtime) as address, connected(address, payload) as socket:
        stations = await socket.subscribe(op.STATION_CHANGED, ids=[node("Station", station.id)])
        assert (await stations.next())["__typename"] == "StationsSnapshot"
        assert (await socket.ask("{ me { id } }"))["data"]["me"]["id"] == node("User", user.id)


async def saved_tariff(runtime: Runtime, periods: list[dict[str, Any]]) -> dict[str, Any]:
    admin = await a_user(Role.ADMIN)
    document = """
    mutation ($input: SaveTariffInput!) {
      saveTariff(input: $input) {
        __typename
        ... on SaveTariffPayload { tariff { periods { days startHour endHour pricePerKwh } } }
        ... on Refusal { code message }
      }
    }"""
    tariff = {
        "key": new_id(),
        "name": "Night",
        "timeZone": "Asia/Kolkata",
        "currency": "INR",
        "periods": periods,
    }
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        answer: dict[str, Any] = await api.ask(document, input=tariff)
    return answer


@pytest.mark.parametrize("end", [22, 23, 0])
async def test_e01_a_night_price_goes_over_midnight(runtime: Runtime, end: int) -> None:
    """The night begins at 22, at 23, or at midnight: then it is no night over midnight at all."""
    periods = [
        {**period, **{name: end for name in ("startHour", "endHour") if period[name] == 22}}
        for period in case("e01_night_price")["periods"]
    ]
    saved = (await saved_tariff(runtime, periods))["tariff"]["periods"]
    hours = {
        days: sorted(
            (period["startHour"], period["endHour"], period["pricePerKwh"])
            for period in saved
            if period["days"] == days
        )
        for days in ("WEEKDAY", "WEEKEND")
    }
    evening = [(end, 24, 3.0)] if end else []
    assert hours["WEEKDAY"] == hours["WEEKEND"] == [(0, 6, 3.0), (6, end or 24, 7.0), *evening]


async def test_e01_hours_that_are_missing_or_double_are_named(runtime: Runtime) -> None:
    periods = case("e01_night_price")["periods"]
    missing = await saved_tariff(runtime, periods[:3])
    double = await saved_tariff(runtime, [*periods, {**periods[0], "startHour": 5, "endHour": 7}])
    assert missing["__typename"] == double["__typename"] == "InvalidInput"
    assert "WEEKEND has no price" in missing["message"]
    assert "WEEKDAY has several prices" in double["message"]


WRONG_CLOCK = """
mutation ($input: ReportPositionsInput!) {
  reportPositions(input: $input) {
    __typename
    ... on ReportPositionsPayload { accepted clockCorrection rejected { reason } }
    ... on InvalidInput { field }
  }
}"""
SCAN = """
mutation ($input: VerifyQrInput!) {
  verifyQr(input: $input) {
    __typename
    ... on VerifyQrPayload { entry { state } }
    ... on RiderNotAtStation { message reason rejection }
  }
}"""
PRESENCE = """
query ($id: ID!) { queueEntry(id: $id) { presence { isAtStation reason seenAt distance rejection } } }"""


@pytest.mark.parametrize("minutes", [-400.0, -10.0, 3.0, 330.0])
@pytest.mark.parametrize("says", [True, False])
async def test_a_phone_whose_clock_is_wrong_is_at_the_station_all_the_same(
    runtime: Runtime, clock: ManualClock, minutes: float, says: bool
) -> None:
    """It says when it sends, or its clock is known by its fixes of the future or by its pace."""
    station = await a_station(runtime)
    rider, _ = await a_rider()
    location = station.information.point
    wrong = timedelta(minutes=minutes)
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        confirming = {"stationId": node("Station", station.id), "idempotencyKey": "1"}
        entry = (await api.ask(op.CONFIRM, input=confirming))["entry"]
        for _ in range(4):
            clock.advance(timedelta(seconds=10))
            at = (clock.now() + wrong).isoformat()
            fix = {"longitude": location.longitude, "latitude": location.latitude, "recordedAt": at}
            sent = {"sentAt": at} if says else {}
            answer = await api.ask(WRONG_CLOCK, input={"positions": [fix], **sent})
        assert (answer["accepted"], answer["clockCorrection"]) == (1, -60 * minutes)
        seen = (await api.ask(PRESENCE, id=entry["id"]))["presence"]
        assert seen == {
            "isAtStation": True,
            "reason": None,
            "seenAt": write_moment(clock.now()),
            "distance": pytest.approx(0, abs=0.1),
            "rejection": None,
        }
        api.token = token_of(runtime, await a_user(Role.STAFF))
        scan = {"token": entry["qr"]["token"], "stationId": node("Station", station.id)}
        assert (await api.ask(SCAN, input=scan))["entry"]["state"] == "VERIFIED"


async def test_kiosk_and_rider_learn_why_a_position_does_not_count(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    staff = token_of(runtime, await a_user(Role.STAFF))
    away = destination(station.information.point, 0, 800)
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        confirming = {"stationId": node("Station", station.id), "idempotencyKey": "1"}
        entry = (await api.ask(op.CONFIRM, input=confirming))["entry"]
        scan = {"token": entry["qr"]["token"], "stationId": node("Station", station.id)}

        async def learned(*fixes: dict[str, Any]) -> tuple[Any, ...]:
            """Return what kiosk and rider learn after reports of some fixes, which must be the same."""
            for fix in fixes:
                where = {"longitude": away.longitude, "latitude": away.latitude}
                position = {"recordedAt": clock.now().isoformat(), **where, **fix}
                await api.ask(WRONG_CLOCK, input={"positions": [position]})
            async with Api(address, staff) as kiosk:
                refused = await kiosk.ask(SCAN, input=scan)
            seen = (await api.ask(PRESENCE, id=entry["id"]))["presence"]
            assert refused["__typename"] == "RiderNotAtStation"
            assert seen["isAtStation"] is False
            assert (seen["reason"], seen["rejection"]) == (refused["reason"], refused["rejection"])
            return refused["reason"], refused["rejection"]

        assert await learned() == ("NO_POSITION", None)
        assert await learned({"accuracy": 500}) == ("NO_POSITION", "INACCURATE")
        assert await learned({}) == ("TOO_FAR", None)
        clock.advance(timedelta(minutes=6))
        assert await learned() == ("TOO_OLD", None)
        assert await learned({"longitude": 0, "latitude": 0}) == ("TOO_OLD", "NO_FIX")
