"""Transporters: online with their vehicle, they answer offers, fetch packs where there are many, and bring them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from navswap.kit.geo import Point
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.live.breaks import take_breaks
from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import (
    ACCEPT_TRANSPORT_JOB,
    DECLINE_TRANSPORT_JOB,
    DELIVER_PACKS,
    FAIL_TRANSPORT_JOB,
    JOB_OFFERS_CHANGED,
    OWN_JOBS,
    PICK_UP_PACKS,
    RETURN_PACKS,
    SET_TRANSPORTER_ONLINE,
    TRANSPORT_JOB,
    Operation,
)
from navswap.simulation.live.errors import RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.roads import Vehicle
from navswap.simulation.live.town import Town
from navswap.simulation.live.watching import watch

KMH = 20.0
ACCEPTED_SHARE = 0.85
HANDLING_MINUTES = 4.0
"""To unlock, lift and scan packs at one end of a job."""
ANSWER_MINUTES = 0.4
SEEN_SECONDS = 60.0
"""Real time between two positions of a transporter who waits; one that was not seen for 10 minutes gets no offer."""
PICK_UP_ATTEMPTS = 3


@dataclass(slots=True)
class Transporter:
    """One transporter with a vehicle for `capacity` packs; `number` is its key among the draws."""

    number: int
    account: Account
    vehicle: Vehicle
    capacity: int
    town: Town
    draws: Draws
    pace: Pace
    meter: Meter
    _at_work: asyncio.Lock = field(default_factory=asyncio.Lock)
    _offers: int = 0

    async def live(self) -> None:
        """Be online until cancelled; what was on board before is brought first."""
        online = await self._be_online(is_online=True)
        await self.vehicle.report(leap=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._be_seen())
            tasks.create_task(self._work([pack["serialNumber"] for pack in online["transporter"]["packs"]]))
            tasks.create_task(take_breaks(self.number, self.draws, self.pace, self._at_work, self._pause))

    async def _be_online(self, *, is_online: bool) -> Any:
        return await self.account.do(SET_TRANSPORTER_ONLINE, isOnline=is_online, capacityPacks=self.capacity)

    async def _pause(self, begins: bool) -> None:
        """Be offline during a break, and get no offer."""
        await self._be_online(is_online=not begins)
        self.meter.happened("break" if begins else "back from a break")

    async def _be_seen(self) -> None:
        while True:
            await asyncio.sleep(SEEN_SECONDS)
            if not self.vehicle.is_moving:
                await self.vehicle.report()

    async def _work(self, on_board: Sequence[str]) -> None:
        jobs = (await self.account.ask(OWN_JOBS))["edges"]
        async with self._at_work:
            if jobs:
                await self._carry(jobs[0]["node"]["id"])
            elif on_board:
                await self._bring_back(on_board)
        async for moment in watch(self.account, JOB_OFFERS_CHANGED):
            for offer in moment.get("offers") or [moment.get("offer")]:
                if offer is not None and offer["state"] == "OFFERED":
                    kinds = {offer["originStop"]["kind"], offer["targetStop"]["kind"]}
                    async with self._at_work:
                        await self._answer(offer["job"]["id"], is_possible="SHOP" not in kinds)

    async def _answer(self, job_id: str, *, is_possible: bool) -> None:
        """Accept an offer, or decline it; one that has ended meanwhile is forgotten.

        Not possible are trips to and from shops, whose agents scan no packs.
        """
        self._offers += 1
        await self.pace.wait(ANSWER_MINUTES)
        draw = self.draws.uniform(Purpose.TRANSPORTER_ANSWER, self.number, self._offers)
        is_wanted = is_possible and draw < ACCEPTED_SHARE
        if await self._did(ACCEPT_TRANSPORT_JOB if is_wanted else DECLINE_TRANSPORT_JOB, jobId=job_id):
            self.meter.happened("offer accepted" if is_wanted else "offer declined")
            if is_wanted:
                await self._carry(job_id)

    async def _carry(self, job_id: str) -> None:
        """Fetch the packs of a job and bring them; what cannot be brought goes back into slots elsewhere."""
        job = await self.account.ask(TRANSPORT_JOB, id=job_id)
        if job["state"] == "ACCEPTED":
            place = job["originStop"]["location"]
            await self.vehicle.ride(Point(place["longitude"], place["latitude"]), KMH)
            await self.pace.wait(HANDLING_MINUTES)
            await self.vehicle.report()
            station = None if job["origin"] is None else self.town.stations[job["origin"]["id"]]
            if not await self._pick_up(job_id, asyncio.Lock() if station is None else station.bay):
                await self._did(FAIL_TRANSPORT_JOB, jobId=job_id, reason="No pack of the job is ready")
                self.meter.happened("job failed")
                return
            job = await self.account.ask(TRANSPORT_JOB, id=job_id)
        on_board = [
            serial for serial in job["pickedUpSerialNumbers"] if serial not in job["deliveredSerialNumbers"]
        ]
        await self.vehicle.ride(self.town.stations[job["target"]["id"]].point, KMH)
        await self.pace.wait(HANDLING_MINUTES)
        await self.vehicle.report()
        left = await self._unload(DELIVER_PACKS, on_board, jobId=job_id)
        if not left:
            self.meter.happened("job delivered")
            return
        await self._did(FAIL_TRANSPORT_JOB, jobId=job_id, reason="The station has no room for the packs")
        self.meter.happened("job failed")
        await self._bring_back(left)

    async def _pick_up(self, job_id: str, bay: asyncio.Lock) -> bool:
        """Take the packs that the app lists, with the place in front of them; return False where none may be taken."""
        for _ in range(PICK_UP_ATTEMPTS):
            job = await self.account.ask(TRANSPORT_JOB, id=job_id)
            serials = [pack["serialNumber"] for pack in job["packsToTake"]][: job["packs"]]
            async with bay:
                if serials and await self._did(PICK_UP_PACKS, jobId=job_id, serialNumbers=serials):
                    self.meter.happened("pack picked up", len(serials))
                    return True
            await self.pace.wait(1.0)
        return False

    async def _bring_back(self, serials: Sequence[str]) -> None:
        """Put packs into the free slots of the nearest stations that have some."""
        left = list(serials)
        for station in self.town.by_distance(self.vehicle.at):
            if not left:
                return
            await self.vehicle.ride(station.point, KMH)
            left = await self._unload(RETURN_PACKS, left, stationId=station.id)

    async def _unload(self, operation: Operation, serials: Sequence[str], **values: Any) -> list[str]:
        """Put in as many packs as go, halving the number until some do; return those that are left."""
        left, count = list(serials), len(serials)
        while left and count:
            packs = [{"serialNumber": serial} for serial in left[:count]]
            if await self._did(operation, packs=packs, **values):
                self.meter.happened("pack delivered", count)
                left = left[count:]
                count = min(count, len(left))
            else:
                count //= 2
        return left

    async def _did(self, operation: Operation, **values: Any) -> bool:
        """Return whether a mutation was accepted."""
        try:
            await self.account.do(operation, **values)
        except RefusedError:
            return False
        return True
