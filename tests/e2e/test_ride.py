"""The main job, through the public API only: a rider swaps a pack on the real network of 1,433 stations."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.features.packs.service import Place, PlaceKind
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point, distance_metres
from navswap.runtime import Runtime
from navswap.seeding.network import ImportOptions, import_network
from tests.e2e import operations as op
from tests.factories.network import a_pack
from tests.factories.users import PASSWORD, a_user
from tests.support.api import Api, Subscribed, live, running
from tests.support.geo import destination
from tests.support.requirements import benchmark_data

pytestmark = [pytest.mark.streams, pytest.mark.needs_benchmark_data]

RIDER_AT = Point(121.56, 25.04)
STEP = timedelta(seconds=10)
STEP_METRES = 70.0
"""25 km/h, the pace of a scooter in a city."""


@pytest_asyncio.fixture
async def network(runtime: Runtime) -> AsyncIterator[str]:
    """The real network, imported and served with a worker beside it."""
    path = benchmark_data() / "gogoro" / "gostations.json"
    report = await import_network(runtime, path, ImportOptions(packs_per_station=4))
    assert report.stations.created == 1433
    async with running(runtime, worker=True) as address:
        yield address


async def sign_in(address: str, role: Role) -> tuple[Api, str]:
    user = await a_user(role, password=PASSWORD)
    api = Api(address)
    answer = await api.ask(op.SIGN_IN, input={"email": user.email, "password": PASSWORD})
    api.token = answer["session"]["accessToken"]
    return api, user.id


async def walk(api: Api, clock: ManualClock, start: Point, end: Point) -> None:
    """Ride from one place to another and stand there for a minute, a position every ten seconds."""
    steps = int(distance_metres(start, end) // STEP_METRES)
    path = [
        Point(
            start.longitude + (end.longitude - start.longitude) * step / steps,
            start.latitude + (end.latitude - start.latitude) * step / steps,
        )
        for step in range(1, steps + 1)
    ] + [destination(end, 60 * turn, 4.0) for turn in range(6)]
    for point in path:
        clock.advance(STEP)
        position = {
            "longitude": point.longitude,
            "latitude": point.latitude,
            "recordedAt": clock.now().isoformat(),
            "accuracy": 8.0,
        }
        reported = await api.ask(op.REPORT, input={"positions": [position]})
        assert reported == {"__typename": "ReportPositionsPayload", "accepted": 1, "rejected": []}


async def subjects_of_update(positions: Subscribed) -> set[str]:
    update = await positions.until(__typename="PositionsUpdate")
    return {one["subjectId"] for one in update["positions"]}


async def snapshot(subscribed: Subscribed, kind: str) -> dict[str, Any]:
    moment = await subscribed.next()
    assert moment["__typename"] == kind
    return moment


async def test_a_rider_swaps_a_pack_and_everybody_watches(clock: ManualClock, network: str) -> None:  # noqa: PLR0915 - one ride, told in order
    rider, rider_id = await sign_in(network, Role.CONSUMER)
    staff, _ = await sign_in(network, Role.STAFF)
    old = await a_pack(Place(kind=PlaceKind.RIDER, holder_id=rider_id), soc_percent=9.0)

    point = {"longitude": RIDER_AT.longitude, "latitude": RIDER_AT.latitude}
    ranked = await rider.ask(op.RECOMMEND, point=point)
    assert [one["rank"] for one in ranked] == [1, 2, 3, 4, 5]
    assert [one["costMinutes"] for one in ranked] == sorted(one["costMinutes"] for one in ranked)
    assert all(one["source"] == "BASELINE" and one["chargedPacks"] > 0 for one in ranked)
    station = ranked[-1]["station"]

    async with live(network, staff.token) as watcher, live(network, rider.token) as phone:
        stations = await watcher.subscribe(op.STATION_CHANGED, ids=[station["id"]])
        queue = await watcher.subscribe(op.QUEUE_CHANGED, id=station["id"])
        area = {"west": 121.5, "south": 25.0, "east": 121.6, "north": 25.1}
        positions = await watcher.subscribe(op.POSITIONS_CHANGED, scope={"area": area})
        before = (await snapshot(stations, "StationsSnapshot"))["stations"][0]["status"]
        assert (await snapshot(queue, "QueueSnapshot"))["queue"] == {"length": 0, "entries": []}
        await snapshot(positions, "PositionsSnapshot")

        confirming = {"stationId": station["id"], "idempotencyKey": "ride-1"}
        entry = (await rider.ask(op.CONFIRM, input=confirming))["entry"]
        assert entry["state"] == "CONFIRMED"
        assert entry["qr"]["svg"].startswith("<svg")
        assert entry["qr"]["pngDataUri"].startswith("data:image/png;base64,")
        own = await phone.subscribe(op.ENTRY_CHANGED, id=entry["id"])
        assert (await snapshot(own, "QueueEntrySnapshot"))["entry"]["state"] == "CONFIRMED"
        held = await stations.until(__typename="StationUpdate")
        assert held["status"]["heldPacks"] == before["heldPacks"] + 1

        place = Point(**station["location"])
        await walk(rider, clock, RIDER_AT, place)
        arrived = await own.until(entry__state="ARRIVED")
        assert arrived["entry"]["arrivedAt"] is not None
        # Riders of tests before this one may come first: the hub begins some messages back, and the topic is theirs as well.
        while entry["rider"]["id"] not in await subjects_of_update(positions):
            pass

        scan = {"token": entry["qr"]["token"], "stationId": station["id"]}
        verified = await staff.ask(op.VERIFY, input=scan)
        assert verified["entry"]["state"] == "VERIFIED"
        assert (await staff.ask(op.VERIFY, input=scan))["code"] == "QR_ALREADY_USED"
        returned = {"socPercent": 8.5}
        completing = {"entryId": entry["id"], "returnedPacks": [returned]}
        swap = (await staff.ask(op.COMPLETE, input=completing))["swap"]
        assert swap["packsIn"][0]["serialNumber"] == old.id
        assert swap["packsOut"][0]["socPercent"] >= entry["promisedSocPercent"]
        assert (await staff.ask(op.COMPLETE, input=completing))["swap"]["id"] == swap["id"]

        assert (await own.until(entry__state="FULFILLED"))["entry"]["endedAt"] is not None
        assert (await queue.until(entry__state="FULFILLED"))["length"] == 0
        after = await stations.until(status__queueLength=0)
        assert after["status"] == await rider.ask(op.STATION_STATUS, id=station["id"])
        assert after["status"]["chargedPacks"] == before["chargedPacks"] - 1

        resumed = await watcher.subscribe(op.STATION_CHANGED, ids=[station["id"]], after=held["cursor"])
        missed = [await resumed.next() for _ in range(after["sequence"] - held["sequence"])]
        assert [one["sequence"] for one in missed] == list(range(held["sequence"] + 1, after["sequence"] + 1))
        assert missed[-1]["status"] == after["status"]
    for api in (rider, staff):
        await api.http.aclose()
