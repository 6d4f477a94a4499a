"""Stations: the kiosk that scans codes and swaps packs, and the controller that charges, measures and reports."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from navswap.kit.charging import CHARGE_EFFICIENCY
from navswap.kit.geo import Point
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import (
    CABINET,
    COMPLETE_SWAP,
    CONFIRM_COMMAND,
    REPORT_METER,
    REPORT_PACKS,
    REPORT_TELEMETRY,
    VERIFY_QR,
)
from navswap.simulation.live.errors import RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import failing_slot
from navswap.simulation.live.schedule import Beat, keep_beat

REPORT_MINUTES = 1.0
"""Between two reports of a station, in minutes of its life; never more often than LEAST_REPORT_SECONDS of real time."""
LEAST_REPORT_SECONDS = 15.0
METER_INTERVAL = timedelta(minutes=5)
"""Real time between two readings of the meter: they carry the server's time."""
RESET_WORKS = 0.6
"""Share of resets that clear a stuck latch; the others need a technician."""
LATCH_STUCK = "ConnectorLockFailure"
HEALTHY = "NoError"
SCAN_MINUTES = 0.1
"""Before a rider's code is scanned."""
AUXILIARY_KW = 0.2


@dataclass(slots=True)
class Station:
    """One swap station. `bay` is the place in front of it; `broken` are slots with a stuck latch.

    `number` is its key among the draws; of `of` stations each reports at its own moment of a round.
    """

    number: int
    of: int
    id: str
    name: str
    point: Point
    slots: int
    account: Account
    draws: Draws
    pace: Pace
    meter: Meter
    run: str
    bay: asyncio.Lock = field(default_factory=asyncio.Lock)
    broken: set[int] = field(default_factory=set)
    _controller: asyncio.Lock = field(default_factory=asyncio.Lock)
    _reports: int = 0
    _reported: float | None = None
    _metered: datetime = field(default_factory=lambda: datetime.now(UTC))
    _kwh: float = 0.0
    _resets: int = 0
    _scans: int = 0

    async def serve(
        self, hold: Mapping[str, Any], returned: Sequence[Mapping[str, Any]], service_minutes: float
    ) -> list[dict[str, Any]]:
        """Scan the code of a hold, exchange the packs, and return those that went out; one rider at a time.

        Raises RefusedError.
        """
        came = time.monotonic()
        async with self.bay:
            self.meter.waits.append(round((time.monotonic() - came) * self.pace.speed / 60.0, 2))
            if hold["state"] != "VERIFIED":
                await self.pace.wait(SCAN_MINUTES)
                self._scans += 1
                await self.account.do(
                    VERIFY_QR,
                    token=hold["qr"]["token"],
                    stationId=self.id,
                    idempotencyKey=f"scan-{self.run}-{self.number}-{self._scans}",
                )
                self.meter.happened("scan")
            await self.pace.wait(service_minutes)
            async with self._controller:
                done = await self.account.do(COMPLETE_SWAP, entryId=hold["id"], returnedPacks=returned)
            self.meter.happened("swap")
            packs: list[dict[str, Any]] = done["swap"]["packsOut"]
            return packs

    def repair(self, slot: int | None) -> None:
        """Free the latch of a slot, by hand."""
        self.broken.discard(slot or 0)

    async def live(self) -> None:
        """Report until cancelled, each station at its own moment of the period: of 60 in a minute, one a second."""
        period = max(LEAST_REPORT_SECONDS, self.pace.real_seconds(REPORT_MINUTES))
        await keep_beat(Beat.of(self.number, self.of, period), self._report_alone)

    async def _report_alone(self) -> None:
        """Report while no rider's packs change hands."""
        async with self._controller:
            await self._report()

    async def _report(self) -> None:
        """Let time pass in the cabinet: packs charge as the plan says, a latch may stick; and report all of it."""
        seen = await self.account.ask(CABINET, id=self.id)
        self._reports += 1
        if (slot := failing_slot(self.draws, self.number, self._reports, self.slots)) is not None:
            self.broken.add(slot)
        await self._charge(seen)
        faults = [edge["node"] for edge in seen["faults"]["edges"]]
        await self._report_health(faults)
        for fault in faults:
            for attempt in fault["attempts"]:
                if attempt["outcome"] == "PENDING":
                    await self._carry_out(fault, attempt)
        await self._read_meter()

    async def _charge(self, seen: Mapping[str, Any]) -> None:
        now = time.monotonic()
        real_hours = 0.0 if self._reported is None else (now - self._reported) / 3600.0
        self._reported = now
        power = setpoints(seen)
        readings = [
            {"serialNumber": slot["pack"]["serialNumber"], "socPercent": soc}
            for slot in seen["slots"]
            if slot["pack"] is not None
            and (soc := charged(slot["pack"], power.get(slot["evseId"], 0.0), real_hours * self.pace.speed))
            > slot["pack"]["socPercent"]
        ]
        self._kwh += (sum(power.values()) + AUXILIARY_KW) * real_hours
        if not readings:
            return
        await self.account.do(REPORT_PACKS, stationId=self.id, readings=readings)
        self.meter.happened("charge", len(readings))

    async def _report_health(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Send the heartbeat with a reading of each slot that is, or was, out of order."""
        now = datetime.now(UTC).isoformat()
        suspects = self.broken | {fault["evseId"] for fault in faults if fault["code"] == "LATCH_STUCK"}
        readings = [
            {
                "component": "SLOT",
                "evseId": slot,
                "measuredAt": now,
                "errorCode": LATCH_STUCK if slot in self.broken else HEALTHY,
            }
            for slot in sorted(suspects)
        ]
        done = await self.account.do(REPORT_TELEMETRY, stationId=self.id, readings=readings)
        self.meter.happened("heartbeat")
        self.meter.happened("fault raised", done["raisedFaults"])
        self.meter.happened("fault resolved", done["resolvedFaults"])

    async def _carry_out(self, fault: Mapping[str, Any], attempt: Mapping[str, Any]) -> None:
        """Accept a command of the server; a reset frees the latch in most cases."""
        try:
            await self.account.do(CONFIRM_COMMAND, commandId=attempt["id"], isAccepted=True)
        except RefusedError:  # it was settled meanwhile
            return
        self.meter.happened("command")
        if attempt["action"] == "RESET_MODULE":
            self._resets += 1
            if self.draws.uniform(Purpose.ACTION_OUTCOME, self.number, self._resets) < RESET_WORKS:
                self.broken.discard(fault["evseId"])

    async def _read_meter(self) -> None:
        now = datetime.now(UTC)
        if now - self._metered < METER_INTERVAL:
            return
        reading = {
            "startsAt": self._metered.isoformat(),
            "endsAt": now.isoformat(),
            "kwh": round(self._kwh, 4),
        }
        self._metered, self._kwh = now, 0.0
        reported = await self.account.do(REPORT_METER, stationId=self.id, readings=[reading])
        if reported["accepted"]:  # else another meter has reported this span
            self.meter.happened("meter")


def setpoints(seen: Mapping[str, Any]) -> dict[int, float]:
    """Return the power of each charger in kW; a station without a plan charges all at once, as far as they take it."""
    energy = seen["energy"]
    if energy is not None and energy["plan"] is not None:
        return {charger["evseId"]: charger["powerKw"] for charger in energy["chargers"]}
    return {
        slot["evseId"]: slot["pack"]["model"]["maxChargePower"]
        for slot in seen["slots"]
        if slot["pack"] is not None and slot["pack"]["socPercent"] < 100.0
    }


def charged(pack: Mapping[str, Any], power_kw: float, hours: float) -> float:
    """Return the charge of a pack in % after hours at a power from the feeder; one that is not fit stays as it is."""
    if pack["condition"] != "FIT":
        return float(pack["socPercent"])
    model = pack["model"]
    power = min(power_kw, model["maxChargePower"])
    gained: float = power * hours * CHARGE_EFFICIENCY / model["capacity"] * 100.0
    before: float = pack["socPercent"]
    return round(min(100.0, before + gained), 2)
