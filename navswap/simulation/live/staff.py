"""Staff: they go where they are asked to help, and technicians repair what a ticket is open for."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.live.breaks import take_breaks
from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import (
    ACCEPT_ASSIGNMENT,
    ASSIGN_TICKET,
    ASSIGNMENT_CHANGED,
    DECLINE_ASSIGNMENT,
    END_ASSIGNMENT,
    OPEN_TICKETS,
    RESOLVE_TICKET,
    Operation,
)
from navswap.simulation.live.errors import RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.roads import Vehicle
from navswap.simulation.live.town import Town
from navswap.simulation.live.watching import watch

KMH = 20.0
ACCEPTED_SHARE = 0.9
ANSWER_MINUTES = 0.5
HELP_MINUTES = 20.0
REPAIR_MINUTES = (10.0, 40.0)
LOOK_MINUTES, LEAST_LOOK_SECONDS = 1.0, 3.0
"""Between two looks of a technician for open tickets; the least is real time."""
BEING_SEEN_SECONDS = 10.0
STAFF_KEY = 10_000
"""Keys of breaks of staff begin so far behind those of transporters."""
BEING_SEEN_TIMES = 4
"""Positions at the station, which prove the arrival: a visit begins after 20 s within the fence."""


@dataclass(slots=True)
class StaffMember:
    """One member of staff; `number` is its key among the draws."""

    number: int
    account: Account
    vehicle: Vehicle
    is_technician: bool
    town: Town
    draws: Draws
    pace: Pace
    meter: Meter
    _at_work: asyncio.Lock = field(default_factory=asyncio.Lock)
    _proposals: int = 0
    _repairs: int = 0

    async def live(self) -> None:
        """Work until cancelled: one thing at a time."""
        await self.account.token()
        await self.vehicle.report(leap=True)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow_assignments())
            both.create_task(
                take_breaks(STAFF_KEY + self.number, self.draws, self.pace, self._at_work, self._pause)
            )
            if self.is_technician:
                both.create_task(self._look_for_tickets())

    async def _pause(self, begins: bool) -> None:
        """Do nothing during a break."""
        self.meter.happened("break" if begins else "back from a break")

    async def _follow_assignments(self) -> None:
        async for moment in watch(self.account, ASSIGNMENT_CHANGED):
            assignment = moment.get("assignment") or moment.get("activeAssignment")
            if assignment is None:
                continue
            async with self._at_work:
                if assignment["state"] == "PROPOSED":
                    await self._answer(assignment)
                elif assignment["state"] in {"ACCEPTED", "MOVING", "ARRIVED"}:
                    await self._help(assignment)

    async def _answer(self, assignment: dict[str, Any]) -> None:
        self._proposals += 1
        await self.pace.wait(ANSWER_MINUTES)
        goes = self.draws.uniform(Purpose.STAFF_ANSWER, self.number, self._proposals) < ACCEPTED_SHARE
        operation = ACCEPT_ASSIGNMENT if goes else DECLINE_ASSIGNMENT
        if await self._did(operation, assignmentId=assignment["id"]):
            self.meter.happened("diversion accepted" if goes else "diversion declined")

    async def _help(self, assignment: dict[str, Any]) -> None:
        """Go there, be seen to arrive, help, and say that it is over; an update in between finds it done."""
        await self.vehicle.ride(self.town.stations[assignment["target"]["id"]].point, KMH)
        for _ in range(BEING_SEEN_TIMES):
            await self.vehicle.report()
            await asyncio.sleep(BEING_SEEN_SECONDS)
        await self.pace.wait(HELP_MINUTES)
        if await self._did(END_ASSIGNMENT, assignmentId=assignment["id"]):
            self.meter.happened("diversion ended")

    async def _look_for_tickets(self) -> None:
        """Take an open ticket, or go on with one's own, now and then; each technician at a moment of its own."""
        look_seconds = max(LEAST_LOOK_SECONDS, self.pace.real_seconds(LOOK_MINUTES))
        await asyncio.sleep(look_seconds * self.draws.uniform(Purpose.AGENT, 20_000 + self.number))
        own_id = await self.account.user_id()
        own = {"state": "ASSIGNED", "assigneeId": own_id}
        while True:
            for filter_ in (own, {"state": "OPEN"}):
                found = (await self.account.ask(OPEN_TICKETS, filter=filter_))["edges"]
                if found:
                    async with self._at_work:
                        await self._repair(found[0]["node"], own_id)
                    break
            await asyncio.sleep(look_seconds)

    async def _repair(self, ticket: dict[str, Any], own_id: str) -> None:
        """Drive there, work, and close the ticket; the slot is sound then."""
        if not await self._did(ASSIGN_TICKET, ticketId=ticket["id"], assigneeId=own_id):
            return
        self.meter.happened("ticket taken")
        self._repairs += 1
        station = self.town.stations[ticket["station"]["id"]]
        await self.vehicle.ride(station.point, KMH)
        least, most = REPAIR_MINUTES
        share = self.draws.uniform(Purpose.REPAIR, self.number, self._repairs)
        await self.pace.wait(least + (most - least) * share)
        station.repair(ticket["evseId"])
        await self.vehicle.report()
        if await self._did(RESOLVE_TICKET, ticketId=ticket["id"], action=ticket["recommendedAction"]):
            self.meter.happened("ticket resolved")

    async def _did(self, operation: Operation, **values: Any) -> bool:
        """Return whether a mutation was accepted."""
        try:
            await self.account.do(operation, **values)
        except RefusedError:
            return False
        return True
