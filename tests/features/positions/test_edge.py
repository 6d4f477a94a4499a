"""Positions through the public API: who may report and watch what, and how it looks."""

from datetime import timedelta
from typing import Any

import pytest
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.positions.service import PositionsServices
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.gps import PLACE
from tests.factories.users import a_user
from tests.support.api import Api, live, running

pytestmark = pytest.mark.streams

REPORT = """
mutation Report($positions: [PositionInput!]!) {
  reportPositions(input: {positions: $positions}) {
    __typename
    ... on ReportPositionsPayload {
      accepted rejected { reason count indexes } refused { index field reason example }
    }
    ... on Refusal { code message }
    ... on InvalidInput { field }
  }
}"""
LONGEST_REASON = 300
POSITION = """
query Position($id: ID!) {
  position(subjectId: $id) {
    subjectId subject { id } role longitude latitude recordedAt accuracy speedMetresPerSecond headingDegrees
  }
}"""
WATCH = """
subscription Watch($scope: PositionsScopeInput!, $after: String) {
  positionsChanged(scope: $scope, after: $after) {
    __typename
    ... on PositionsSnapshot { cursor isComplete positions { subjectId } }
    ... on PositionsUpdate { cursor sequence departedSubjectIds positions { subjectId longitude } }
    ... on Resync { reason }
  }
}"""
AREA = {
    "west": PLACE.longitude - 0.02,
    "south": PLACE.latitude - 0.02,
    "east": PLACE.longitude + 0.02,
    "north": PLACE.latitude + 0.02,
}


def token_of(runtime: Runtime, user: User) -> str:
    return runtime.access_tokens.issue(user.id, user.role, new_id())[0]


def node(user: User) -> str:
    return relay.to_base64("User", user.id)


def position(clock: ManualClock, *, seconds: float = 0.0, **values: Any) -> dict[str, Any]:
    recorded_at = (clock.now() + timedelta(seconds=seconds)).isoformat()
    here = {"longitude": PLACE.longitude, "latitude": PLACE.latitude, "recordedAt": recorded_at}
    return {**here, **values}


async def test_a_report_tells_what_was_turned_away_and_where_in_the_batch(
    runtime: Runtime, clock: ManualClock
) -> None:
    rider = await a_user()
    full = {"accuracy": 5.0, "speedMetresPerSecond": 3.5, "headingDegrees": 270.0}
    batch = [
        position(clock, **full),
        position(clock),
        position(clock, seconds=-1, accuracy=101.0),
        position(clock, seconds=31),
        position(clock, **full),
    ]
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        reported = await api.ask(REPORT, positions=batch)
        latest = await api.ask(POSITION, id=node(rider))
    assert reported == {
        "__typename": "ReportPositionsPayload",
        "accepted": 1,
        "rejected": [
            {"reason": "DUPLICATE", "count": 2, "indexes": [1, 4]},
            {"reason": "INACCURATE", "count": 1, "indexes": [2]},
            {"reason": "FUTURE", "count": 1, "indexes": [3]},
        ],
        "refused": [],
    }
    assert latest.pop("recordedAt").startswith("2026-03-02T08:00:00")
    assert latest == {
        "subjectId": node(rider),
        "subject": {"id": node(rider)},
        "role": "CONSUMER",
        "longitude": 136.9,
        "latitude": 35.17,
        **full,
    }


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"longitude": 180.5}, "longitude or latitude", "longitude 180.5"),
        ({"latitude": None}, "longitude or latitude", "null"),
        ({"recordedAt": None}, "recordedAt", "null"),
        ({"recordedAt": "2026-03-02T08:00:00"}, "recordedAt", "time zone"),
        ({"recordedAt": "1795967051434"}, "recordedAt", "time zone"),
        ({"recordedAt": 1795967051434}, "recordedAt", "milliseconds since 1970 as 2026-11-29T"),
        ({"subjectId": "x"}, "subjectId", ""),
        ({"subjectId": {}}, "subjectId", "{}"),
        ({"latitude": "25,04"}, "latitude", "'25,04'"),
        ({"longitude": [71.2]}, "longitude", "[71.2]"),
        ({"speedMetresPerSecond": "NaN"}, "speedMetresPerSecond", "'NaN'"),
        ({"headingDegrees": "x" * 5_000}, "headingDegrees", "Float"),
        ({"accuracy": True}, "accuracy", "True"),
        ({"recordedAt": {}}, "recordedAt", "time zone"),
        ({"altitude": 12.5}, "altitude", "leave it out"),
    ],
)
async def test_a_malformed_position_is_named_and_costs_no_other(
    runtime: Runtime, clock: ManualClock, values: dict[str, Any], field: str, says: str
) -> None:
    rider = await a_user()
    batch = [position(clock, seconds=-2), position(clock, seconds=-1, **values), position(clock)]
    batch.append(batch[2])
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        reported = await api.ask(REPORT, positions=batch)
        alone = await api.ask(REPORT, positions=[batch[1]])
    assert (reported["accepted"], alone["accepted"]) == (2, 0)
    assert reported["rejected"] == [{"reason": "DUPLICATE", "count": 1, "indexes": [3]}]
    [refused] = reported["refused"]
    assert (refused["index"], refused["field"]) == (1, field)
    assert says in refused["reason"]
    assert len(refused["reason"]) <= LONGEST_REASON
    assert refused["example"]


@pytest.mark.parametrize("kind", ["[PositionInput!]!", "[PositionInput]!"])
@pytest.mark.parametrize("element", [None, "here", [], [71.2, 27.1], 7, True])
async def test_what_is_no_position_at_all_costs_no_other(
    runtime: Runtime, clock: ManualClock, element: Any, kind: str
) -> None:
    document = REPORT.replace("[PositionInput!]!", kind)
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        for _ in range(2):  # the first run of a document, and one of the known document
            clock.advance(timedelta(seconds=10))
            reported = await api.ask(document, positions=[position(clock), element])
            assert (reported["accepted"], reported["rejected"]) == (1, [])
            [refused] = reported["refused"]
            assert (refused["index"], refused["field"]) == (1, "positions")
            assert str(element).replace("None", "null") in refused["reason"]
            assert refused["example"].startswith("{longitude")


async def test_positions_that_are_variables_of_their_own_are_judged_alone(
    runtime: Runtime, clock: ManualClock
) -> None:
    document = REPORT.replace(
        "$positions: [PositionInput!]!", "$a: PositionInput, $b: PositionInput!"
    ).replace("$positions}", "[$a, $b]}")
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        reported = await api.ask(document, a={"latitude": "north"}, b=position(clock))
    assert reported["accepted"] == 1
    assert [(one["index"], one["field"]) for one in reported["refused"]] == [(0, "latitude")]


async def test_what_is_wrong_beside_the_positions_costs_the_operation(
    runtime: Runtime, clock: ManualClock
) -> None:
    document = REPORT.replace("$positions: [PositionInput!]!", "$input: ReportPositionsInput!").replace(
        "{positions: $positions}", "$input"
    )
    batch = [position(clock), position(clock, latitude="north")]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        answers = [
            await api.post(document, **variables)
            for variables in (
                {"input": {"positions": batch, "sentAgo": 5}},
                {},
                {"input": {"positions": batch}},
            )
        ]
        one = await api.ask(document, input={"positions": position(clock, seconds=1, longitude="east")})
    assert [bool(answer.get("errors")) for answer in answers] == [True, True, False]
    assert "sentAgo" in answers[0]["errors"][0]["message"]
    assert [(found["index"], found["field"]) for found in one["refused"]] == [(0, "longitude")]


async def test_a_null_for_a_position_costs_no_other(runtime: Runtime, clock: ManualClock) -> None:
    may_hold_null = REPORT.replace("[PositionInput!]!", "[PositionInput]!")
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        reported = await api.ask(may_hold_null, positions=[None, position(clock)])
    assert reported["accepted"] == 1
    [refused] = reported["refused"]
    assert (refused["index"], refused["field"]) == (0, "positions")
    assert "null" in refused["reason"]
    assert refused["example"]


@pytest.mark.parametrize(
    "unknown",
    [
        {"accuracy": -1, "speedMetresPerSecond": -1, "headingDegrees": -1},
        {"speedMetresPerSecond": 65535, "headingDegrees": 511},
        {"speedMetresPerSecond": 1e308, "headingDegrees": 360.5},
    ],
)
async def test_a_phone_that_does_not_know_says_a_number_that_cannot_be(
    runtime: Runtime, clock: ManualClock, unknown: dict[str, float]
) -> None:
    rider = await a_user()
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        assert (await api.ask(REPORT, positions=[position(clock, **unknown)]))["accepted"] == 1
        latest = await api.ask(POSITION, id=node(rider))
    assert {latest[name] for name in unknown} == {None}


@pytest.mark.parametrize("form", ["T08:00Z", "T08:00:00+0000", "T08:00:00.123456789012Z"])
async def test_a_time_that_can_be_read_in_one_way_is_taken(
    runtime: Runtime, clock: ManualClock, form: str
) -> None:
    at = f"{clock.now().date()}{form}"
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        assert (await api.ask(REPORT, positions=[position(clock, recordedAt=at)]))["accepted"] == 1


@pytest.mark.parametrize("size", [0, 501])
async def test_a_batch_that_is_empty_or_too_large_is_refused(
    runtime: Runtime, clock: ManualClock, size: int
) -> None:
    batch = [position(clock, seconds=-number) for number in range(size)]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        assert (await api.ask(REPORT, positions=batch))["code"] == "INVALID_INPUT"


async def test_everybody_sees_their_own_position_and_who_runs_the_network_sees_all(
    runtime: Runtime, clock: ManualClock
) -> None:
    rider = await a_user()
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        await api.ask(REPORT, positions=[position(clock)])
        seen = {}
        for role in Role:
            async with Api(address, token_of(runtime, await a_user(role))) as other:
                seen[role] = await other.ask(POSITION, id=node(rider)) is not None
    assert {role for role, sees in seen.items() if sees} == {Role.ADMIN, Role.STAFF, Role.ANALYST}


@pytest.mark.parametrize("role", Role)
async def test_an_area_and_others_are_watched_only_by_who_runs_the_network(
    runtime: Runtime, role: Role
) -> None:
    me, other = await a_user(role), await a_user()
    allowed = role in {Role.ADMIN, Role.STAFF, Role.ANALYST}
    async with running(runtime) as address, live(address, token_of(runtime, me)) as client:
        for variables, expected in (
            ({"area": AREA}, allowed),
            ({"subjectIds": [node(me), node(other)]}, allowed),
            ({"subjectIds": [node(me)]}, True),
        ):
            message = await (await client.subscribe(WATCH, scope=variables)).message()
            if expected:
                assert message["payload"]["data"]["positionsChanged"]["__typename"] == "PositionsSnapshot"
            else:
                assert "NOT_ALLOWED" in str(message)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"scope": {}}, "BAD_USER_INPUT"),
        ({"scope": {"area": AREA, "subjectIds": []}}, "BAD_USER_INPUT"),
        ({"scope": {"area": None}}, "BAD_USER_INPUT"),
        ({"scope": {"subjectIds": []}}, "INVALID_INPUT"),
        (
            {"scope": {"subjectIds": [relay.to_base64("User", str(number)) for number in range(201)]}},
            "INVALID_INPUT",
        ),
        ({"scope": {"subjectIds": [relay.to_base64("Station", "1")]}}, "INVALID_INPUT"),
        ({"scope": {"area": {**AREA, "north": 91.0}}}, "INVALID_INPUT"),
        ({"scope": {"area": AREA}, "after": "nonsense"}, "BAD_CURSOR"),
    ],
)
async def test_a_scope_that_makes_no_sense_is_refused(
    runtime: Runtime, variables: dict[str, Any], code: str
) -> None:
    staff = await a_user(Role.STAFF)
    async with running(runtime) as address, live(address, token_of(runtime, staff)) as client:
        assert code in str(await (await client.subscribe(WATCH, **variables)).message())


async def test_what_a_rider_reports_reaches_who_watches_the_area(
    runtime: Runtime, clock: ManualClock
) -> None:
    rider, staff = await a_user(), await a_user(Role.STAFF)
    async with (
        running(runtime) as address,
        Api(address, token_of(runtime, rider)) as api,
        live(address, token_of(runtime, staff)) as client,
    ):
        await PositionsServices.of(runtime).hub.wait_until_connected()
        watched = await client.subscribe(WATCH, scope={"area": AREA})
        snapshot = await watched.until(__typename="PositionsSnapshot")
        assert snapshot["isComplete"]
        await api.ask(REPORT, positions=[position(clock)])
        update = await watched.until(__typename="PositionsUpdate")
        while node(rider) not in {one["subjectId"] for one in update["positions"]}:
            update = await watched.until(__typename="PositionsUpdate")
        clock.advance(timedelta(minutes=2))
        await api.ask(REPORT, positions=[position(clock, longitude=PLACE.longitude + 0.03)])
        while node(rider) not in update["departedSubjectIds"]:  # others may still move in the area
            last, update = update, await watched.next()
            assert update["sequence"] == last["sequence"] + 1


async def test_a_position_without_a_time_zone_is_refused(runtime: Runtime, clock: ManualClock) -> None:
    naive = position(clock, recordedAt="2026-03-02T08:00:00")
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user())) as api:
        answer = await api.post(REPORT, positions=[naive])
    assert "time zone" in str(answer)
