"""Stations through the hours: packs charge, gateways report, meters count; one opens and closes, a feeder is shed."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.e2e.day.town import Town

CHARGE_PERCENT = 45.0
"""What a pack gains in an hour."""

SLOTS = """query Slots($id: ID!) {
  station(id: $id) { slots { evseId pack { serialNumber socPercent condition isHeld } } }
}"""
STATUS = (
    "query Status($id: ID!) { stationStatus(stationId: $id) { state chargedPacks freePacks queueLength } }"
)
ENERGY = "query Energy($id: ID!) { node(id: $id) { ... on Station { energy { limitKw chargingKw shed { limitKw endsAt } } } } }"
METERED = "... on ReportMeterPayload { energy { loadKw } }"


async def an_hour(town: Town) -> None:
    """Let all gateways report, but those that cannot."""
    await asyncio.gather(*(report(town, name) for name in town.stations if name not in town.silent))


async def packs_in_slots(town: Town, station: str) -> list[dict[str, Any]]:
    """Return the packs of a station, by slot."""
    shown = await town.analyst.ask(SLOTS, id=town.node(station))
    return [slot["pack"] for slot in shown["slots"] if slot["pack"] is not None]


async def report(town: Town, station: str) -> None:
    """Tell that the station lives, and what its packs have gained."""
    gateway, here = town.clerk, town.node(station)
    await gateway.must("reportTelemetry", stationId=here, readings=[])
    packs = await packs_in_slots(town, station)
    readings = [
        {
            "serialNumber": pack["serialNumber"],
            "socPercent": min(100.0, pack["socPercent"] + CHARGE_PERCENT),
        }
        for pack in packs
        if pack["condition"] == "FIT" and pack["socPercent"] < 100.0
    ]
    if readings:
        await gateway.must("reportPacks", stationId=here, readings=readings)


async def read_meters(town: Town) -> None:
    """Report the last hour of the yard's meter, and again because the answer was lost."""
    end = town.clock.now()
    reading = {"startsAt": (end - timedelta(minutes=55)).isoformat(), "endsAt": end.isoformat(), "kwh": 1.5}
    for _ in range(2):
        await town.clerk.must("reportMeter", METERED, stationId=town.node("yard"), readings=[reading])


async def open_the_park(town: Town) -> None:
    """Nobody is served at a closed station; once open, somebody is."""
    [rider] = await town.idle_riders(1)
    wanted = {"stationId": town.node("park"), "idempotencyKey": town.key()}
    assert (await rider.do("confirmQueue", **wanted))["code"] == "STATION_CLOSED"
    await _set_state(town, "park", "OPEN")


async def close_the_park(town: Town) -> None:
    """Close for the night; whoever closes it a second time changes nothing."""
    for _ in range(2):
        await _set_state(town, "park", "CLOSED")


async def _set_state(town: Town, station: str, state: str) -> None:
    fields = "... on SetStationStatePayload { station { status { state } } }"
    changed = await town.staff[3].must("setStationState", fields, stationId=town.node(station), state=state)
    assert changed["station"]["status"]["state"] == state


async def shed_the_yard(town: Town) -> None:
    """Let the feeder of the yard give next to nothing for half an hour."""
    ends_at = (town.clock.now() + timedelta(minutes=25)).isoformat()
    fields = "... on ShedFeederPayload { energy { limitKw chargingKw shed { limitKw } } }"
    order = {"stationId": town.node("yard"), "limitKw": 1.0, "endsAt": ends_at, "reason": "Voltage sag"}
    shed = (await town.admin.must("shedFeeder", fields, **order))["energy"]
    assert (shed["limitKw"], shed["shed"]["limitKw"]) == (1.0, 1.0)
    assert shed["chargingKw"] <= 1.0


async def recovered(town: Town) -> None:
    """The feeder gives as before, because time has passed."""
    energy = (await town.admin.ask(ENERGY, id=town.node("yard")))["energy"]
    assert (energy["limitKw"], energy["shed"]) == (6.0, None)
