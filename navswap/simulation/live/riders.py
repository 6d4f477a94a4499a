"""Riders: they ride their packs down, ask where to go, hold a pack, ride there, show their code and swap."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import (
    CANCEL_QUEUE,
    CONFIRM_QUEUE,
    OWN_ENTRY,
    OWN_PACKS,
    RECOMMEND,
)
from navswap.simulation.live.errors import RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.needs import Needs
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import Fate, TripPlan
from navswap.simulation.live.roads import Vehicle
from navswap.simulation.live.roaming import Roaming
from navswap.simulation.live.stations import Station
from navswap.simulation.live.town import Town

KMH = 22.0
ACTIVE = frozenset({"CONFIRMED", "ARRIVED", "VERIFIED"})
MOST_ATTEMPTS = 4
"""So often a rider follows a hold that was moved, or shows its code again, before it gives up."""
LOST_CODES = frozenset({"NO_CHARGED_PACK", "STATION_CLOSED", "STATION_NOT_FOUND"})
NO_SHOW_MINUTES = 25.0
"""A rider who does not come looks again when the hold has lapsed."""

Hold = Mapping[str, Any]


@dataclass(slots=True)
class Rider:
    """One rider; `number` is its key among the draws, `trip` counts its needs, `run` makes its requests those of this run."""

    number: int
    account: Account
    vehicle: Vehicle
    town: Town
    pace: Pace
    needs: Needs
    roaming: Roaming
    meter: Meter
    run: str
    trip: int = 0
    soc_percent: float = 50.0
    _due: TripPlan | None = None
    """What the rider does now, until it has done it."""
    _holds: int = 0

    async def live(self) -> None:
        """Ride until cancelled; after an error the same need is served again."""
        while True:
            plan = self._due = self._due or await self._ride_about_until_due()
            await self._swap(plan)
            self._due = None
            self.trip += 1

    async def _ride_about_until_due(self) -> TripPlan:
        async with asyncio.TaskGroup() as group:
            roaming = group.create_task(self.roaming.ride(self.number, self.trip, self.vehicle))
            plan = await self.needs.next(self.number, self.trip, self.soc_percent)
            roaming.cancel()
        return plan

    async def _swap(self, plan: TripPlan) -> None:
        """Get other packs, or give up for now."""
        self.vehicle.at = plan.at or self.town.place(plan.place)
        self.soc_percent = plan.need_percent
        packs = (await self.account.ask(OWN_PACKS))["packs"]
        await self.vehicle.report(leap=True)
        hold = await self._own_hold() or await self._find_hold(plan)
        if hold is None:
            self.meter.lost_swaps += 1
            self.soc_percent = plan.need_percent + plan.patience_minutes / 60.0 * plan.percent_per_hour
            return
        self.meter.riding += 1
        try:
            await self._use(hold, plan, packs)
        finally:
            self.meter.riding -= 1

    async def _own_hold(self) -> Hold | None:
        """Return the hold that the rider has already: of a run before, or moved to another station."""
        hold: Hold | None = await self.account.ask(OWN_ENTRY)
        return hold if hold is not None and hold["state"] in ACTIVE else None

    async def _find_hold(self, plan: TripPlan) -> Hold | None:
        """Hold a pack at one of the best stations; None where none of them has one."""
        if plan.is_walk_in:
            nearest = self.town.nearest(self.vehicle.at)
            await self._ride(nearest, plan)
            if (hold := await self._confirm(nearest.id)) is not None:
                return hold
        point = {"longitude": self.vehicle.at.longitude, "latitude": self.vehicle.at.latitude}
        offered = [ranked["station"]["id"] for ranked in await self.account.ask(RECOMMEND, point=point)]
        if not offered:
            return None
        first = offered.pop(plan.rank(len(offered)))
        for station_id in (first, *offered):
            if (hold := await self._confirm(station_id)) is not None:
                return hold
        return None

    async def _confirm(self, station_id: str) -> Hold | None:
        self._holds += 1
        key = f"hold-{self.run}-{self.number}-{self._holds}"
        try:
            confirmed = await self.account.do(CONFIRM_QUEUE, stationId=station_id, idempotencyKey=key)
        except RefusedError as refusal:
            if refusal.code == "ALREADY_QUEUED":
                return await self._own_hold()
            if refusal.code in LOST_CODES:
                return None
            raise
        self.meter.happened("hold")
        hold: Hold = confirmed["entry"]
        return hold

    async def _use(self, hold: Hold, plan: TripPlan, packs: Sequence[Mapping[str, Any]]) -> None:
        """Ride to the station of a hold and swap there; follow it where it is moved to another one."""
        if plan.fate is Fate.NO_SHOW:
            await self.pace.wait(NO_SHOW_MINUTES)
            return
        if plan.fate is Fate.CANCEL and hold["state"] != "VERIFIED":
            await self.pace.wait(6.0 * plan.cancels_at)
            await self._cancel(hold)
            return
        returned = [
            {"serialNumber": pack["serialNumber"], "socPercent": round(plan.need_percent, 1)}
            for pack in packs
        ]
        found: Hold | None = hold
        for _ in range(MOST_ATTEMPTS):
            if found is None:
                return
            station = self.town.stations[found["station"]["id"]]
            await self._ride(station, plan)
            try:
                got = await station.serve(found, returned, plan.service_minutes)
            except RefusedError:
                await self.pace.wait(1.0)
                found = await self._own_hold()
                continue
            self.soc_percent = min(pack["socPercent"] for pack in got)
            self.meter.charges.extend(pack["socPercent"] for pack in got)
            return

    async def _ride(self, station: Station, plan: TripPlan) -> None:
        await self.vehicle.ride(station.point, KMH / plan.haste)

    async def _cancel(self, hold: Hold) -> None:
        try:
            await self.account.do(CANCEL_QUEUE, entryId=hold["id"])
        except RefusedError:
            return
        self.meter.happened("cancellation")
