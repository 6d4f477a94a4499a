"""A transport through the public API only: planned, offered, accepted, carried, paid, and followed live."""

from datetime import timedelta

import pytest
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.logistics.domain.needs import demand_span
from navswap.features.logistics.service import LogisticsServices
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.logistics import a_job, a_transporter, demand, packs_at
from tests.factories.network import TAIPEI, a_station
from tests.factories.users import a_user
from tests.support.api import Api, live, running
from tests.support.geo import destination

pytestmark = pytest.mark.streams

PLAN = """
mutation Plan($input: PlanRebalancingInput!) {
  planRebalancing(input: $input) {
    __typename
    ... on PlanRebalancingPayload {
      plan {
        id number isDryRun madeBy { id } unmetPacks
        inputs {
          horizonMinutes stationsConsidered packMinutes
          stations { station { id } forecastPacks source supplyPacks expectedDeficitPacks }
        }
        loads { origin { id } target { id } packs rewardCredits job { id } }
      }
    }
    ... on Refusal { code message }
  }
}"""

JOB = """
fragment Job on TransportJob {
  id state packs pickedUpSerialNumbers deliveredSerialNumbers rewardCredits paidCredits revision endReason
  transporter { id user { id } isOnline }
}"""

OFFERS = """
subscription Offers($after: String) {
  jobOffersChanged(after: $after) {
    __typename
    ... on JobOffersSnapshot { cursor sequence offers { job { id } state } }
    ... on JobOffersUpdate {
      cursor sequence
      offer {
        job { id } state packs rewardCredits isExclusive inputs { pickupMinutes }
        origin { id } target { id } transporter { id }
      }
    }
    ... on Resync { reason }
  }
}"""

JOB_CHANGED = (
    """
subscription JobChanged($id: ID!, $after: String) {
  transportJobChanged(id: $id, after: $after) {
    __typename
    ... on TransportJobSnapshot { cursor job { ...Job } }
    ... on TransportJobUpdate { cursor sequence job { ...Job } }
    ... on Resync { reason }
  }
}"""
    + JOB
)

POSITION = """
query Position($id: ID!) {
  transportJob(id: $id) { state transporterPosition { longitude latitude } }
}"""

PLANS = """
query Plans($first: Int, $after: String) {
  rebalancingPlans(first: $first, after: $after) {
    edges { node { number isDryRun loads { job { id } } inputs { stations { station { id } source } } } }
    pageInfo { hasNextPage endCursor }
  }
}"""

OFFERED = """
query Offered($id: ID!) {
  transportJob(id: $id) {
    plan { number }
    offers { transporter { user { id } } state isExclusive inputs { pickupMinutes fairnessMinutes } }
  }
}"""

HISTORY = """
query History($id: ID, $first: Int, $after: String) {
  transporterHistory(transporterId: $id, first: $first, after: $after) {
    totals { jobs packs creditsEarned }
    edges { cursor node { id state paidCredits } }
    pageInfo { hasNextPage endCursor }
  }
}"""

JOBS = """
query Jobs($filter: TransportJobFilterInput) {
  transportJobs(filter: $filter) { edges { node { id state } } }
}"""


def mutation(field: str) -> str:
    name = f"{field[0].upper()}{field[1:]}"
    return (
        f"mutation M($input: {name}Input!) {{ {field}(input: $input) "
        f"{{ __typename ... on {name}Payload {{ job {{ ...Job }} }} ... on Refusal {{ code message }} }} }}"
        + JOB
    )


def token(runtime: Runtime, user_id: str, role: Role) -> str:
    return runtime.access_tokens.issue(user_id, role, new_id())[0]


async def missed_last_week(runtime: Runtime, station_id: str, swaps: int) -> None:
    await demand(runtime, station_id, demand_span(runtime.clock.now()) - timedelta(days=7), swaps)


async def be_at(api: Api, clock: ManualClock, point: Point) -> None:
    clock.advance(timedelta(minutes=2))
    position = {
        "longitude": point.longitude,
        "latitude": point.latitude,
        "recordedAt": clock.now().isoformat(),
        "accuracy": 8.0,
    }
    report = await api.ask(
        "mutation($input: ReportPositionsInput!) { reportPositions(input: $input) "
        "{ ... on ReportPositionsPayload { accepted } } }",
        input={"positions": [position]},
    )
    assert report["accepted"] == 1


async def test_a_transport_from_plan_to_payment(runtime: Runtime, clock: ManualClock) -> None:
    # The schedule has planned a moment ago, when there was nothing yet; the next time is a quarter of an hour away.
    await LogisticsServices.of(runtime).rebalancing.plan()
    far = destination(TAIPEI, 90, 3_000)
    surplus = await a_station(runtime, charged=8)
    short = await a_station(runtime, charged=0, point=far)
    await missed_last_week(runtime, short.id, 3)
    admin, transporter = await a_user(Role.ADMIN), await a_user(Role.TRANSPORTER)
    boss_token = token(runtime, admin.id, Role.ADMIN)
    driver_token = token(runtime, transporter.id, Role.TRANSPORTER)
    async with (
        running(runtime, worker=True) as address,
        Api(address, boss_token) as boss,
        Api(address, driver_token) as driver,
        live(address, driver_token) as socket,
        live(address, boss_token) as boss_socket,
    ):
        offers = await socket.subscribe(OFFERS)
        assert (await offers.next())["offers"] == []
        await driver.ask(
            "mutation($input: SetTransporterOnlineInput!) { setTransporterOnline(input: $input) "
            "{ ... on SetTransporterOnlinePayload { transporter { isOnline } } } }",
            input={"isOnline": True, "capacityPacks": 6},
        )
        await be_at(driver, clock, TAIPEI)

        tried = (await boss.ask(PLAN, input={"isDryRun": True}))["plan"]
        assert (tried["isDryRun"], tried["number"], tried["unmetPacks"]) == (True, None, 0)
        assert tried["madeBy"] == {"id": relay.to_base64("User", admin.id)}
        [load] = tried["loads"]
        assert load["origin"]["id"] == relay.to_base64("Station", surplus.id)
        assert (load["packs"], load["job"]) == (3, None)
        assert {one["source"] for one in tried["inputs"]["stations"]} == {"BASELINE"}

        await boss.ask(PLAN, input={})
        update = await offers.until(__typename="JobOffersUpdate", offer__state="OFFERED")
        offer, cursor = update["offer"], update["cursor"]
        assert (update["sequence"], offer["packs"], offer["isExclusive"]) == (1, 3, True)
        assert offer["target"]["id"] == relay.to_base64("Station", short.id)
        job_id = offer["job"]["id"]
        changes = await boss_socket.subscribe(JOB_CHANGED, id=job_id)
        assert (await changes.next())["job"]["state"] == "OPEN"

        taken = (await driver.ask(mutation("acceptTransportJob"), input={"jobId": job_id}))["job"]
        assert (taken["state"], taken["revision"]) == ("ACCEPTED", 3)
        assert taken["transporter"]["user"] == {"id": relay.to_base64("User", transporter.id)}
        assert (await changes.until(job__state="ACCEPTED"))["sequence"] == 3
        again = await socket.subscribe(OFFERS, after=cursor)
        assert (await again.next())["offer"]["state"] == "ACCEPTED"

        await be_at(driver, clock, TAIPEI)
        seen = await boss.ask(POSITION, id=job_id)
        assert seen["transporterPosition"]["longitude"] == pytest.approx(TAIPEI.longitude)
        packs = (await packs_at(runtime, surplus))[:3]
        await driver.ask(mutation("pickUpPacks"), input={"jobId": job_id, "serialNumbers": packs})
        await be_at(driver, clock, far)
        asked = {"jobId": job_id, "packs": [{"serialNumber": one} for one in packs]}
        done = (await driver.ask(mutation("deliverPacks"), input=asked))["job"]
        assert (done["state"], done["paidCredits"]) == ("DELIVERED", offer["rewardCredits"])
        last = await changes.until(job__state="DELIVERED")
        assert (last["sequence"], last["job"]["deliveredSerialNumbers"]) == (5, packs)

        history = await driver.ask(HISTORY)
        assert history["totals"] == {"jobs": 1, "packs": 3, "creditsEarned": offer["rewardCredits"]}
        balance = await driver.ask("{ creditBalance { credits } }")
        assert balance["credits"] == offer["rewardCredits"]
        assert (await boss.ask(POSITION, id=job_id))["transporterPosition"] is None


async def test_an_operator_sees_why_packs_are_moved_or_not_and_who_was_asked(runtime: Runtime) -> None:
    planner = LogisticsServices.of(runtime).rebalancing
    await planner.plan()
    await a_station(runtime, charged=8)
    short = await a_station(runtime, charged=0, point=destination(TAIPEI, 90, 3_000))
    await missed_last_week(runtime, short.id, 3)
    made = await planner.plan()
    transporter, admin = await a_transporter(runtime), await a_user(Role.ADMIN)
    await LogisticsServices.of(runtime).matching.match_open()
    job_id = relay.to_base64("TransportJob", made.loads[0].job_id or "")
    async with running(runtime) as address, Api(address, token(runtime, admin.id, Role.ADMIN)) as boss:
        job = await boss.ask(OFFERED, id=job_id)
        [asked] = job["offers"]
        assert job["plan"] == {"number": made.number}
        assert (asked["transporter"]["user"]["id"], asked["state"]) == (
            relay.to_base64("User", transporter.id),
            "OFFERED",
        )
        assert asked["inputs"]["fairnessMinutes"] <= 0, "no other transporter earned more"
        newest = await boss.ask(PLANS, first=1)
        assert [edge["node"]["loads"] for edge in newest["edges"]] == [[{"job": {"id": job_id}}]]
        older = await boss.ask(PLANS, after=newest["pageInfo"]["endCursor"])
        assert [edge["node"]["loads"] for edge in older["edges"]] == [[]], "it moved nothing, and says why"
        assert await boss.refused(PLANS, after="W10") == "BAD_CURSOR"


async def test_a_transporter_sees_its_own_jobs_and_offers_only(runtime: Runtime) -> None:
    origin, target = await a_station(runtime), await a_station(runtime)
    job = await a_job(runtime, origin, target)
    nearest = await a_transporter(runtime)
    stranger = await a_transporter(runtime, online=False)
    await LogisticsServices.of(runtime).matching.match_open()
    key = relay.to_base64("TransportJob", job.id)
    rider = await a_user(Role.CONSUMER)
    async with running(runtime) as address:
        async with Api(address, token(runtime, nearest.id, Role.TRANSPORTER)) as api:
            assert (await api.ask(POSITION, id=key))["state"] == "OPEN"
            assert (await api.ask(JOBS))["edges"] == []
            assert len((await api.ask(OFFERED, id=key))["offers"]) == 1
            await api.ask(mutation("acceptTransportJob"), input={"jobId": key})
            assert (await api.ask(POSITION, id=key))["transporterPosition"] is not None
            assert [edge["node"]["id"] for edge in (await api.ask(JOBS))["edges"]] == [key]
        async with Api(address, token(runtime, stranger.id, Role.TRANSPORTER)) as api:
            assert await api.ask(POSITION, id=key) is None
            asked = {"transporterId": relay.to_base64("User", nearest.id)}
            assert (await api.ask(JOBS, filter=asked))["edges"] == []
            assert await api.refused(HISTORY, id=asked["transporterId"]) == "NOT_ALLOWED"
        async with Api(address, token(runtime, rider.id, Role.CONSUMER)) as api:
            assert await api.refused(JOBS) == "NOT_ALLOWED"
        async with live(address, token(runtime, stranger.id, Role.TRANSPORTER)) as socket:
            refused = await (await socket.subscribe(JOB_CHANGED, id=key)).message()
            [error] = refused["payload"]["errors"] if "errors" in refused["payload"] else refused["payload"]
            assert error["extensions"]["code"] == "TRANSPORT_JOB_NOT_FOUND"
