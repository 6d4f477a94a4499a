"""Statistics over time: what they count, by what they are grouped, and that an index serves each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest

from navswap.auth.roles import Role
from navswap.features.network.domain.fleet import FleetAction
from navswap.features.network.service import Grouping, NetworkServices
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, SwappedPack
from navswap.features.swapping.service import Bucket, Span, SwappingServices
from navswap.features.swapping.storage import QueueEntryDocument, SwapDocument
from navswap.features.swapping.storage.statistics import hold_stages, move_stages, swap_stages
from navswap.graphql.scalars import write_moment
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.kit.time_zones import is_time_zone
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.fleet import ordered
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.swapping import a_swap as build_swap
from tests.factories.swapping import store_hold, store_swap
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm
from tests.support.api import Api, running
from tests.support.geo import destination

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Span(MONDAY, MONDAY + timedelta(days=7), Bucket.DAY)
SPAN = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-09T00:00:00Z"}

SWAPS = """
query Swaps($span: StatisticsSpanInput!, $by: StatisticsGrouping! = NETWORK, $ids: [ID!]) {
  swapStatistics(span: $span, groupBy: $by, stationIds: $ids) {
    startsAt zone station { id } swaps walkIns firstPacks minutesP50 minutesP90 meanSocOutPercent meanSocInPercent
  }
}"""
STATIONS = """
query Stations($span: StatisticsSpanInput!, $ids: [ID!]!) {
  stationStatistics(span: $span, stationIds: $ids) {
    startsAt station { id } holds walkIns fulfilled cancelled expired noShows compensated moved active minutesToArriveP50
  }
}"""


async def a_swap(
    station_id: str,
    completed_at: datetime,
    *,
    minutes: float = 10,
    walk_in: bool = False,
    first: bool = False,
) -> None:
    returned = () if first else (SwappedPack("in", 1, 20.0),)
    swap = build_swap(station_id, completed_at, minutes=minutes, walk_in=walk_in, packs_in=returned)
    await store_swap(swap)


async def a_hold(
    station_id: str, confirmed_at: datetime, state: EntryState, *, minutes_to_arrive: float | None = None
) -> None:
    arrived = None if minutes_to_arrive is None else confirmed_at + timedelta(minutes=minutes_to_arrive)
    await store_hold(station_id, confirmed_at, state, arrived_at=arrived)


async def asked(runtime: Runtime, document: str, **variables: Any) -> Any:
    analyst = await a_user(Role.ANALYST)
    async with (
        running(runtime) as address,
        Api(address, runtime.access_tokens.issue(analyst.id, analyst.role, new_id())[0]) as api,
    ):
        return await api.ask(document, **variables)


@pytest.mark.parametrize("by", ["NETWORK", "ZONE"])
async def test_a_mean_charge_counts_each_pack_whatever_its_station_and_swap(
    runtime: Runtime, by: str
) -> None:
    busy, calm = await a_station(runtime), await a_station(runtime)
    two_out = SwappedPack("a", 1, 100.0), SwappedPack("b", 2, 98.0)
    two_in = SwappedPack("c", 3, 10.0), SwappedPack("d", 4, 12.0)
    for swap in (
        build_swap(busy.id, MONDAY, packs_out=two_out, packs_in=two_in),
        build_swap(
            busy.id, MONDAY, packs_out=(SwappedPack("e", 1, 96.0),), packs_in=(SwappedPack("f", 5, 20.0),)
        ),
        build_swap(calm.id, MONDAY, packs_out=(SwappedPack("g", 1, 82.0),)),
    ):
        await store_swap(swap)
    [row] = await asked(runtime, SWAPS, span=SPAN, by=by)
    assert row["swaps"] == 3
    assert row["meanSocOutPercent"] == pytest.approx((100 + 98 + 96 + 82) / 4)
    assert row["meanSocInPercent"] == pytest.approx((10 + 12 + 20) / 3)


async def test_swaps_are_counted_by_day_for_the_network(runtime: Runtime) -> None:
    for hour, minutes in ((1, 4.5), (2, 6.9), (23, 30)):
        await a_swap("A", MONDAY + timedelta(hours=hour), minutes=minutes)
    await a_swap("B", MONDAY + timedelta(days=1), first=True, walk_in=True, minutes=300)
    await a_swap("A", MONDAY - timedelta(milliseconds=1))
    await a_swap("A", MONDAY + timedelta(days=7))
    assert await asked(runtime, SWAPS, span=SPAN) == [
        {
            "startsAt": "2026-03-02T00:00:00.000Z",
            "zone": None,
            "station": None,
            "swaps": 3,
            "walkIns": 0,
            "firstPacks": 0,
            "minutesP50": 6.9,
            "minutesP90": 30,
            "meanSocOutPercent": 90.0,
            "meanSocInPercent": 20.0,
        },
        {
            "startsAt": "2026-03-03T00:00:00.000Z",
            "zone": None,
            "station": None,
            "swaps": 1,
            "walkIns": 1,
            "firstPacks": 1,
            "minutesP50": 240,
            "minutesP90": 240,
            "meanSocOutPercent": 90.0,
            "meanSocInPercent": None,
        },
    ]


async def test_days_and_hours_begin_with_those_of_the_time_zone(runtime: Runtime) -> None:
    await a_swap("A", datetime(2026, 3, 2, 18, 29, tzinfo=UTC))
    await a_swap("A", datetime(2026, 3, 2, 18, 30, tzinfo=UTC))
    zone = {"timeZone": "Asia/Kolkata"}
    days = await asked(runtime, SWAPS, span={**SPAN, **zone})
    assert [row["startsAt"] for row in days] == ["2026-03-01T18:30:00.000Z", "2026-03-02T18:30:00.000Z"]
    hours = await asked(runtime, SWAPS, span={**SPAN, **zone, "bucket": "HOUR"})
    assert [row["startsAt"] for row in hours] == ["2026-03-02T17:30:00.000Z", "2026-03-02T18:30:00.000Z"]


async def test_swaps_are_grouped_by_station_and_by_zone(runtime: Runtime) -> None:
    ids = sorted([(await a_station(runtime)).id for _ in range(3)])
    for station_id, district in zip(ids, ("North", "North", "South"), strict=True):
        await Stations.collection().update_one(
            {"_id": station_id}, {"$set": {"information.district": district}}
        )
        await a_swap(station_id, MONDAY + timedelta(hours=3))
    by_station = await asked(runtime, SWAPS, span=SPAN, by="STATION")
    assert [row["station"]["id"] for row in by_station] == [node("Station", station_id) for station_id in ids]
    by_zone = await asked(runtime, SWAPS, span=SPAN, by="ZONE")
    assert [(row["zone"], row["swaps"]) for row in by_zone] == [("North", 2), ("South", 1)]
    some = await asked(runtime, SWAPS, span=SPAN, ids=[node("Station", ids[0])])
    assert [(row["station"], row["swaps"]) for row in some] == [(None, 1)]


async def test_the_zones_are_counted_against_the_most_rows_not_their_stations(runtime: Runtime) -> None:
    ids = [(await a_station(runtime)).id for _ in range(3)]
    await a_swap(ids[0], MONDAY)
    span = Span(MONDAY, MONDAY + timedelta(days=31), Bucket.HOUR)
    statistics = NetworkServices.of(runtime).statistics
    many = [ids[0], *(new_id() for _ in range(30))]
    with pytest.raises(InvalidInputError, match="rows"):
        await statistics.swaps(span, Grouping.STATION, many)
    assert [row.swaps for row in await statistics.swaps(span, Grouping.ZONE, many)] == [1]


async def test_the_holds_of_a_station_are_counted_by_what_became_of_them(runtime: Runtime) -> None:
    station = await a_station(runtime)
    for state, minutes in (
        (EntryState.FULFILLED, 7.5),
        (EntryState.FULFILLED, 9),
        (EntryState.CANCELLED, None),
        (EntryState.EXPIRED, 11),
        (EntryState.NO_SHOW, None),
        (EntryState.NO_SHOW, None),
        (EntryState.COMPENSATED, None),
        (EntryState.CONFIRMED, None),
    ):
        await a_hold(station.id, MONDAY + timedelta(hours=5), state, minutes_to_arrive=minutes)
    await a_hold("another", MONDAY, EntryState.FULFILLED)
    assert await asked(runtime, STATIONS, span=SPAN, ids=[node("Station", station.id)]) == [
        {
            "startsAt": "2026-03-02T00:00:00.000Z",
            "station": {"id": node("Station", station.id)},
            "holds": 8,
            "walkIns": 0,
            "fulfilled": 2,
            "cancelled": 1,
            "expired": 1,
            "noShows": 2,
            "compensated": 1,
            "moved": 0,
            "active": 1,
            "minutesToArriveP50": 9,
        }
    ]


async def test_a_hold_that_moved_counts_at_its_origin_as_moved_and_where_it_went_by_its_end(
    runtime: Runtime,
) -> None:
    origin = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    entry = await confirm(runtime, (await a_rider())[0].id, origin)
    await ordered(runtime, FleetAction.RECALL, entry.serial_numbers[0])
    span = {
        "since": write_moment(runtime.clock.now() - timedelta(hours=1)),
        "until": write_moment(runtime.clock.now() + timedelta(hours=1)),
    }
    ids = [node("Station", station.id) for station in (origin, near)]
    rows = await asked(runtime, STATIONS, span=span, ids=ids)
    assert {row["station"]["id"]: (row["holds"], row["moved"], row["active"]) for row in rows} == {
        ids[0]: (1, 1, 0),
        ids[1]: (1, 0, 1),
    }


@pytest.mark.parametrize(
    "span",
    [
        {"since": SPAN["until"], "until": SPAN["since"]},
        {**SPAN, "timeZone": "Mars/Olympus"},
        {**SPAN, "timeZone": "../etc/passwd"},
        {**SPAN, "timeZone": "localtime"},
        {**SPAN, "timeZone": "posix/UTC"},
        {"since": "2026-01-01T00:00:00Z", "until": "2026-03-02T00:00:00Z", "bucket": "HOUR"},
    ],
)
async def test_an_impossible_span_is_refused(runtime: Runtime, span: dict[str, str]) -> None:
    admin = await a_user(Role.ADMIN)
    async with (
        running(runtime) as address,
        Api(address, runtime.access_tokens.issue(admin.id, admin.role, new_id())[0]) as api,
    ):
        assert await api.refused(SWAPS, span=span) == "INVALID_INPUT"
        assert await api.refused(STATIONS, span=span, ids=[node("Station", "A")]) == "INVALID_INPUT"


def stages(plan: Any) -> Iterator[dict[str, Any]]:
    """Yield the stages of the winning plan, wherever they are nested."""
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan
        for name, part in plan.items():
            if name != "rejectedPlans":
                yield from stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from stages(part)


@pytest.mark.parametrize(
    ("kind", "pipeline", "index"),
    [
        (SwapDocument, swap_stages(WEEK, by_station=False, station_ids=None), "completed"),
        (SwapDocument, swap_stages(WEEK, by_station=True, station_ids=["A", "B"]), "station"),
        (QueueEntryDocument, hold_stages(WEEK, ["A"]), "history"),
        (QueueEntryDocument, move_stages(WEEK, ["A"]), "moved"),
    ],
)
async def test_an_index_serves_every_statistic(
    runtime: Runtime,
    kind: type[SwapDocument | QueueEntryDocument],
    pipeline: list[dict[str, Any]],
    index: str,
) -> None:
    for number in range(30):
        await a_swap(f"S{number % 5}", MONDAY - timedelta(days=number))
        await a_hold(f"S{number % 5}", MONDAY - timedelta(days=number), EntryState.FULFILLED)
    command = {"aggregate": kind.get_collection_name(), "pipeline": pipeline, "cursor": {}}
    explained = await runtime.mongo.database.command({"explain": command, "verbosity": "queryPlanner"})
    names = {stage["stage"]: stage.get("indexName") for stage in stages(explained)}
    assert names["IXSCAN"] == index
    assert "COLLSCAN" not in names


async def test_the_whereabouts_of_packs_are_counted_on_an_index_alone(runtime: Runtime) -> None:
    await a_station(runtime, charged=2)
    explained = await runtime.mongo.database.command(
        {
            "explain": {
                "aggregate": "packs",
                "pipeline": [
                    {"$sort": {"place.kind": 1, "condition": 1}},
                    {
                        "$group": {
                            "_id": {"kind": "$place.kind", "condition": "$condition"},
                            "packs": {"$sum": 1},
                        }
                    },
                ],
                "cursor": {},
            },
            "verbosity": "queryPlanner",
        }
    )
    names = {stage["stage"]: stage.get("indexName") for stage in stages(explained)}
    assert names["IXSCAN"] == "whereabouts"
    assert not {"FETCH", "COLLSCAN"} & names.keys()


async def test_an_empty_network_has_no_statistics(runtime: Runtime) -> None:
    assert await SwappingServices.of(runtime).statistics.count_swaps(WEEK, by_station=True) == []
    assert await asked(runtime, SWAPS, span=SPAN) == []


async def test_the_database_knows_every_time_zone_that_is_taken(runtime: Runtime) -> None:
    zones = [{"zone": name} for name in sorted(available_timezones()) if is_time_zone(name)]
    hour = {"$hour": {"date": runtime.clock.now(), "timezone": "$zone"}}
    found = await runtime.mongo.client.admin.aggregate([{"$documents": zones}, {"$project": {"hour": hour}}])
    assert len(await found.to_list()) == len(zones) > 500
