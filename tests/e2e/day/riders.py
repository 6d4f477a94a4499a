"""Riders through the hours: they ask, hold, ride, show their code and swap; or change their mind, or never come."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from navswap.kit.geo import Point, distance_metres
from tests.e2e import operations as op
from tests.e2e.day.people import Person
from tests.e2e.day.town import CITY, Town
from tests.support.geo import destination
from tests.support.waiting import until

RIDERS_BY_HOUR = (1, 0, 1, 0, 1, 2, 2, 4, 4, 3, 2, 2, 3, 2, 1, 1, 3, 4, 4, 3, 1, 1, 1, 1)
"""How many set out in each hour of the day, from midnight on."""
CHANGE_THEIR_MIND, NEVER_COME, STAND_ABOUT = 0.08, 0.16, 0.24
"""Shares of holds that end so, summed up; the others are swapped."""
HASTE = 0.3
"""Share of swaps where two counters scan at once."""
RIDE_MINUTES = 6
RECENT = timedelta(seconds=10)
AT_STATION = 7
"""Fixes at the end of a ride, ten seconds apart: more than the dwell of a fence."""

ENTRY = "entry { id station { id } state packs { serialNumber evseId } isWalkIn qr { token } }"
CONFIRMED = f"... on ConfirmQueuePayload {{ {ENTRY} }}"
CANCELLED = f"... on CancelQueuePayload {{ {ENTRY} }}"
VERIFIED = f"... on VerifyQrPayload {{ {ENTRY} }}"
SWAP = (
    "... on CompleteSwapPayload { swap { id packsIn { serialNumber } packsOut { serialNumber socPercent } } }"
)
OWN = """query Own($id: ID!) {
  queueEntry(id: $id) { id station { id } state compensationCredits moves { toStation { id } } }
}"""


@dataclass
class Hold:
    """A rider on the way, with what the app shows."""

    rider: Person
    entry: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    async def look(self) -> dict[str, Any]:
        """Return the entry as the rider sees it now."""
        seen: dict[str, Any] = await self.rider.ask(OWN, id=self.id)
        return seen


@dataclass
class Hour:
    """Who set out in an hour, and how each of them means to end it."""

    holds: list[Hold]
    fates: list[float]

    def who(self, least: float, most: float = 1.0) -> list[Hold]:
        """Return the holds whose fate lies in a span."""
        return [hold for hold, fate in zip(self.holds, self.fates, strict=True) if least <= fate < most]

    async def ended(self, town: Town) -> None:
        """Check, an hour later, that each hold has ended as its rider meant it to."""
        for meant, holds in {
            "CANCELLED": self.who(0.0, CHANGE_THEIR_MIND),
            "NO_SHOW": self.who(CHANGE_THEIR_MIND, NEVER_COME),
            "EXPIRED": self.who(NEVER_COME, STAND_ABOUT),
            "FULFILLED": self.who(STAND_ABOUT),
        }.items():
            assert [(await hold.look())["state"] for hold in holds] == [meant] * len(holds)
            town.ends[meant] += len(holds)


async def an_hour(town: Town, riders: int) -> Hour:
    """Let some riders set out; most of them swap, the others end their holds in the ways there are."""
    free = await town.idle_riders(riders)
    tried = await asyncio.gather(*(set_out(town, rider) for rider in free))
    holds = [hold for hold in tried if hold is not None]
    hour = Hour(holds, [town.chance.random() for _ in holds])
    for hold in hour.who(0.0, CHANGE_THEIR_MIND):
        await cancel(hold)
    await town.pass_minutes(RIDE_MINUTES)
    await asyncio.gather(*(arrive(town, hold) for hold in hour.who(NEVER_COME)))
    await asyncio.gather(
        *(swap(town, hold, hastily=town.chance.random() < HASTE) for hold in hour.who(STAND_ABOUT))
    )
    return hour


async def set_out(town: Town, rider: Person) -> Hold | None:
    """Ask where to go from where the rider is, and hold a pack at one of the best; None where none is left."""
    point = {"longitude": rider.at.longitude, "latitude": rider.at.latitude}
    ranked = await rider.ask(op.RECOMMEND, point=point)
    names = [name for choice in ranked if (name := town.name_of(choice["station"]["id"])) in CITY]
    if not names:
        return None
    return await hold_at(town, rider, town.chance.choice(names[:2]), taps=town.chance.choice((1, 1, 2, 3)))


async def hold_at(town: Town, rider: Person, station: str, *, taps: int = 1) -> Hold | None:
    """Confirm; a nervous finger sends the same request several times at once, which is one hold."""
    values = {"stationId": town.node(station), "idempotencyKey": town.key()}
    answers = await asyncio.gather(*(rider.do("confirmQueue", CONFIRMED, **values) for _ in range(taps)))
    assert len({answer["entry"]["id"] if "entry" in answer else answer["code"] for answer in answers}) == 1
    [answer, *_] = answers
    if "code" in answer:
        assert answer["code"] == "NO_CHARGED_PACK", answer
        return None
    return Hold(rider, answer["entry"])


async def cancel(hold: Hold) -> None:
    """Give the hold back, twice: the second time changes nothing."""
    for _ in range(2):
        cancelled = await hold.rider.must("cancelQueue", CANCELLED, entryId=hold.id)
        assert cancelled["entry"]["state"] == "CANCELLED"


async def ride(person: Person, target: Point) -> None:
    """Report the way to a place that took the last minutes, and the stay there, as one batch as phones do."""
    now, start = person.clock.now(), person.at
    steps = max(1, int(distance_metres(start, target) // 200))
    way = [
        Point(
            start.longitude + (target.longitude - start.longitude) * step / steps,
            start.latitude + (target.latitude - start.latitude) * step / steps,
        )
        for step in range(1, steps + 1)
    ] + [destination(target, 50.0 * turn, 4.0) for turn in range(AT_STATION)]
    await report(
        person, [(now - RECENT * (len(way) - place), point) for place, point in enumerate(way, start=1)]
    )
    person.at = target


async def report(person: Person, fixes: Sequence[tuple[datetime, Point]]) -> None:
    """Report where a person was at some times."""
    positions = [
        {
            "longitude": point.longitude,
            "latitude": point.latitude,
            "recordedAt": recorded_at.isoformat(),
            "accuracy": 8.0,
        }
        for recorded_at, point in fixes
    ]
    reported = await person.ask(op.REPORT, input={"positions": positions})
    assert reported == {"__typename": "ReportPositionsPayload", "accepted": len(positions), "rejected": []}


async def arrive(town: Town, hold: Hold) -> None:
    """Ride there, and be seen to arrive."""
    await ride(hold.rider, town.point(town.name_of((await hold.look())["station"]["id"])))
    await until(hold.look, lambda entry: entry["state"] == "ARRIVED")


async def swap(town: Town, hold: Hold, *, hastily: bool = False) -> dict[str, Any]:
    """Scan the code and swap; done hastily, two counters scan at once and the button is pressed twice."""
    token = await hold.rider.ask("{ queueEntry { station { id } qr { token } } }")
    scan = {"token": token["qr"]["token"], "stationId": token["station"]["id"]}
    counters = [town.clerk, town.staff[1]] if hastily else [town.clerk]
    scans = await asyncio.gather(
        *(counter.do("verifyQr", VERIFIED, idempotencyKey=town.key(), **scan) for counter in counters)
    )
    assert [scan["entry"]["state"] for scan in scans if "entry" in scan] == ["VERIFIED"], scans
    assert {scan["code"] for scan in scans if "code" in scan} <= {"QR_ALREADY_USED"}
    returned = {"serialNumber": hold.rider.pack, "socPercent": round(town.chance.uniform(5, 35), 1)}
    completing = {"entryId": hold.id, "returnedPacks": [returned]}
    answers = await asyncio.gather(
        *(counter.must("completeSwap", SWAP, **completing) for counter in counters)
    )
    done: dict[str, Any] = answers[0]["swap"]
    assert {answer["swap"]["id"] for answer in answers} == {done["id"]}
    hold.rider.pack = done["packsOut"][0]["serialNumber"]
    return done


async def walk_in(town: Town, rider: Person, station: str) -> None:
    """Come without a hold, and hold a pack on the spot."""
    await ride(rider, town.point(station))
    hold = await hold_at(town, rider, station)
    assert hold is not None
    assert hold.entry["isWalkIn"]
    await swap(town, hold)
