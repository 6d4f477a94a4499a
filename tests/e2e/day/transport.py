"""Transports: planned by the schedule, offered, raced for, carried whole, in part, or not at all; each pays once."""

import asyncio
from datetime import timedelta
from typing import Any

from navswap.kit.geo import Point
from tests.e2e.day.people import Person
from tests.e2e.day.riders import report
from tests.e2e.day.stations import packs_in_slots
from tests.e2e.day.town import Town

OFFERS = """
subscription Offers {
  jobOffersChanged { __typename ... on JobOffersSnapshot { offers { job { id } state } } }
}"""
JOB_FIELDS = "id state packs pickedUpSerialNumbers rewardCredits paidCredits origin { id } target { id }"
LOOK = f"query Look($id: ID!) {{ transportJob(id: $id) {{ {JOB_FIELDS} packsToTake {{ serialNumber }} }} }}"
PLAN = "... on PlanRebalancingPayload { plan { number loads { job { id } } } }"
DECLINED = "... on DeclineTransportJobPayload { offer { state } }"
PLACES = 6
"""Packs that a vehicle carries."""
ROUNDS = 6
"""So often it is looked for offers, each time a minute later."""
DRIVE_MINUTES = 4


def job_of(mutation: str) -> str:
    """Return the selection of the job in the payload of a mutation."""
    return f"... on {mutation[0].upper()}{mutation[1:]}Payload {{ job {{ {JOB_FIELDS} }} }}"


async def must(driver: Person, mutation: str, **values: Any) -> dict[str, Any]:
    """Do a mutation that is not refused, and return the job that it answers with."""
    job: dict[str, Any] = (await driver.must(mutation, job_of(mutation), **values))["job"]
    return job


async def drivers_come_online(town: Town) -> None:
    """Tell what each vehicle carries, and where it is; telling it again changes nothing."""
    for driver in town.transporters:
        for _ in range(2):
            await driver.must("setTransporterOnline", isOnline=True, capacityPacks=PLACES)


async def be_seen(town: Town) -> None:
    """Report where all drivers are, for the offers of the next minutes."""
    town.clock.advance(timedelta(seconds=1))
    await asyncio.gather(*(report(driver, [(driver.clock.now(), driver.at)]) for driver in town.transporters))


async def drive(town: Town, driver: Person, station: str) -> None:
    """Go to a station, and be seen there."""
    await go(town, driver, town.point(station))


async def go(town: Town, driver: Person, place: Point) -> None:
    """Go to a place, and be seen there."""
    await town.pass_minutes(DRIVE_MINUTES)
    driver.at = place
    await report(driver, [(driver.clock.now(), driver.at)])


async def are_raced_for(town: Town) -> None:
    """No driver answers, so a job is offered to all; of all who want it one gets it, carries it, and is paid once."""
    await be_seen(town)
    racing: dict[str, list[Person]] = {}
    for _ in range(ROUNDS):
        await town.pass_minutes(1.2)
        racing = await _offered(town)
        if any(len(drivers) > 1 for drivers in racing.values()):
            break
    job_id, drivers = max(racing.items(), key=lambda one: len(one[1]))
    assert len(drivers) > 1
    answers = await asyncio.gather(
        *(
            driver.do("acceptTransportJob", job_of("acceptTransportJob"), jobId=job_id)
            for driver in drivers
            for _ in range(2)
        )
    )
    winners = {
        driver.id
        for driver, answer in zip([d for d in drivers for _ in range(2)], answers, strict=True)
        if "job" in answer
    }
    assert len(winners) == 1
    assert {one["code"] for one in answers if "code" in one} == {"TRANSPORT_JOB_TAKEN"}
    [winner] = [one for one in drivers if one.id in winners]
    before = (await winner.ask("{ creditBalance { credits } }"))["credits"]
    job = await _pick_up(town, winner, job_id, all_of_them=True)
    scanned = [{"serialNumber": one} for one in job["pickedUpSerialNumbers"]]
    await drive(town, winner, town.name_of(job["target"]["id"]))
    delivering = [must(winner, "deliverPacks", jobId=job_id, packs=scanned) for _ in range(3)]
    done = await asyncio.gather(*delivering)
    assert {one["state"] for one in done} == {"DELIVERED"}
    assert {one["paidCredits"] for one in done} == {job["rewardCredits"]}
    after = (await winner.ask("{ creditBalance { credits } }"))["credits"]
    assert after == before + job["rewardCredits"]


async def arrive_in_part(town: Town) -> None:
    """One of the packs arrives; the others are brought back, and only the one is paid."""
    driver, job_id = await _take_one(town)
    job = await _pick_up(town, driver, job_id, all_of_them=True)
    first, *rest = job["pickedUpSerialNumbers"]
    await town.check()
    await drive(town, driver, town.name_of(job["target"]["id"]))
    await must(driver, "deliverPacks", jobId=job_id, packs=[{"serialNumber": first}])
    for _ in range(2):
        ended = await must(driver, "failTransportJob", jobId=job_id, reason="Flat tyre")
        assert ended["state"] == "PARTIAL"
    assert 0 < ended["paidCredits"] < ended["rewardCredits"]
    back = job["origin"] or job["target"]  # to a depot nothing is brought back that a station can charge
    if rest:
        await drive(town, driver, town.name_of(back["id"]))
        packs = [{"serialNumber": one} for one in rest]
        await driver.must("returnPacks", stationId=back["id"], packs=packs)


async def never_arrive(town: Town) -> tuple[Person, str]:
    """Nothing arrives, and a pack stays with its driver: nothing is paid. Returns who has which pack."""
    driver, job_id = await _take_one(town)
    job = await _pick_up(town, driver, job_id, all_of_them=False)
    ended = await must(driver, "failTransportJob", jobId=job_id, reason="The vehicle broke down")
    assert (ended["state"], ended["paidCredits"]) == ("FAILED", 0)
    [pack] = job["pickedUpSerialNumbers"]
    return driver, pack


async def are_forgotten(town: Town) -> str:
    """A driver turns a job down, another takes one and does not fetch the packs. Returns it."""
    await be_seen(town)
    await town.pass_minutes(1.2)
    for job_id, [driver, *_] in (await _offered(town)).items():
        for _ in range(2):
            declined = await driver.must("declineTransportJob", DECLINED, jobId=job_id)
            assert declined["offer"]["state"] == "DECLINED"
    _, job_id = await _take_one(town)
    return job_id


async def are_planned_by_hand(town: Town) -> None:
    """A plan to look at opens no job; of plans that are asked for at once each is whole, or is not made."""
    tried = (await town.admin.must("planRebalancing", PLAN, isDryRun=True))["plan"]
    assert (tried["number"], [load for load in tried["loads"] if load["job"] is not None]) == (None, [])
    made = await asyncio.gather(*(town.admin.do("planRebalancing", PLAN, isDryRun=False) for _ in range(3)))
    numbers = [one["plan"]["number"] for one in made if "code" not in one]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    assert {one["code"] for one in made if "code" in one} <= {"PLANNING_UNDER_WAY"}


async def are_opened_again(town: Town, job_id: str) -> None:
    """What was not fetched in its time is no longer with who took it."""
    job = await town.admin.ask(LOOK, id=job_id)
    assert job["state"] in {"OPEN", "FAILED"}
    assert job["paidCredits"] == 0


async def _take_one(town: Town) -> tuple[Person, str]:
    """Let the first who is asked take a job, after another one has turned it down where there is a choice."""
    await be_seen(town)
    for _ in range(ROUNDS):
        await town.pass_minutes(1.2)
        offered = await _offered(town)
        if offered:
            break
    job_id, [driver, *_] = next(iter(offered.items()))
    taken = await must(driver, "acceptTransportJob", jobId=job_id)
    assert taken["state"] == "ACCEPTED"
    return driver, job_id


async def _offered(town: Town) -> dict[str, list[Person]]:
    """Return who has been offered which job."""
    found: dict[str, list[Person]] = {}
    for driver in town.transporters:
        async with driver.watching(OFFERS) as offers:
            for offer in (await offers.next())["offers"]:
                if offer["state"] == "OFFERED":
                    found.setdefault(offer["job"]["id"], []).append(driver)
    return found


async def _pick_up(town: Town, driver: Person, job_id: str, *, all_of_them: bool) -> dict[str, Any]:
    """Take packs that are not promised, or those that the app names at a depot, scanning them twice."""
    job: dict[str, Any] = await driver.ask(LOOK, id=job_id)
    if job["origin"] is None:
        assert town.depot.point is not None
        await go(town, driver, town.depot.point)
        ready = [pack["serialNumber"] for pack in job["packsToTake"]]
    else:
        await drive(town, driver, town.name_of(job["origin"]["id"]))
        ready = [
            pack["serialNumber"]
            for pack in await packs_in_slots(town, town.name_of(job["origin"]["id"]))
            if pack["condition"] == "FIT" and not pack["isHeld"] and pack["socPercent"] >= 80
        ]
    chosen = ready[: job["packs"] if all_of_them else 1]
    for _ in range(2):
        job = await must(driver, "pickUpPacks", jobId=job_id, serialNumbers=chosen)
        assert (job["state"], job["pickedUpSerialNumbers"]) == ("IN_TRANSIT", chosen)
    return job
