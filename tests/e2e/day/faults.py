"""Faults: reported by a sensor, by a person, by silence; repaired by a command, by people, by themselves."""

from datetime import timedelta
from typing import Any

from tests.e2e.day.people import Person
from tests.e2e.day.riders import arrive, hold_at, swap
from tests.e2e.day.riders import report as be_seen
from tests.e2e.day.stations import STATUS, packs_in_slots, report
from tests.e2e.day.town import Town
from tests.support.waiting import until

FAULTS = """
query Faults($filter: FaultFilterInput) {
  faults(filter: $filter, first: 20) {
    edges { node { id code state level source ticket { id } attempts { id action level outcome } } }
  }
}"""
TICKET = "query Ticket($id: ID!) { ticket(id: $id) { id state escalationLevel assignee { id } comments { text } } }"
REPORTED = "... on ReportTelemetryPayload { raisedFaults resolvedFaults }"
REOPENED = "... on ReopenTicketPayload { ticket { state } }"
RESOLVED = "... on ResolveTicketPayload { ticket { state } }"
MANY_STEPS = 12


async def are_repaired_by_a_command(town: Town) -> None:
    """A slot fails, is reset, and shows that it works: level 1, and no one had to come."""
    assert (await measure(town, "market", "SLOT", evseId=12, errorCode="InternalError"))["raisedFaults"] == 1
    assert (await measure(town, "market", "SLOT", evseId=12, errorCode="InternalError"))["raisedFaults"] == 0
    [fault] = await open_faults(town, "market")
    [command] = pending(fault)
    for _ in range(2):
        await town.clerk.must("confirmCommand", commandId=command, isAccepted=True)
    await town.pass_minutes(1)
    assert (await measure(town, "market", "SLOT", evseId=12))["resolvedFaults"] == 1
    [repaired] = await faults(town, stationId=town.node("market"), isOpen=False)
    assert (repaired["state"], repaired["level"]) == ("RESOLVED", 1)


async def are_left_to_people(town: Town) -> str:
    """A slot of the hill fails, and no command helps: levels 1, 2 and 3. Returns the ticket."""
    await measure(town, "hill", "SLOT", evseId=12, errorCode="InternalError")
    for _ in range(MANY_STEPS):
        [fault] = await open_faults(town, "hill")
        if fault["ticket"] is not None:
            break
        for command in pending(fault):
            await town.clerk.must("confirmCommand", commandId=command, isAccepted=False)
        await town.pass_minutes(0.1)
    assert {one["level"] for one in fault["attempts"]} == {1, 2}
    ticket = str(fault["ticket"]["id"])
    repairer = town.staff[2]
    await repairer.must("assignTicket", ticketId=ticket, assigneeId=repairer.node)
    word = {"ticketId": ticket, "text": "Waiting for a part", "idempotencyKey": town.key()}
    for _ in range(2):
        await repairer.must("commentTicket", **word)
    return ticket


async def are_overdue_and_come_back(town: Town, ticket: str) -> None:
    """Hours later the ticket was escalated; the repair did not last, the second one did."""
    seen = await town.admin.ask(TICKET, id=ticket)
    assert (seen["state"], len(seen["comments"])) == ("ASSIGNED", 1)
    assert seen["escalationLevel"] >= 1
    await resolve(town, town.staff[2], "hill", ticket)
    await town.pass_minutes(1)
    reopening = {"ticketId": ticket, "reason": "The latch sticks again."}
    for _ in range(2):
        assert (await town.clerk.must("reopenTicket", REOPENED, **reopening))["ticket"]["state"] == "ASSIGNED"
    assert (await town.admin.do("reopenTicket", REOPENED, **reopening))["code"] == "TICKET_UNRESOLVED"
    await town.check()
    await town.pass_minutes(1)
    await resolve(town, town.staff[2], "hill", ticket)


async def are_seen_by_riders(town: Town) -> None:
    """Two riders report one stuck latch: one fault, one ticket, which one of the staff resolves."""
    seen = {"stationId": town.node("harbour"), "code": "LATCH_STUCK", "evseId": 24}
    reports = [
        (await rider.must("reportFault", "... on ReportFaultPayload { faultId isNew }", **seen))
        for rider in await town.idle_riders(2)
    ]
    assert [report["isNew"] for report in reports] == [True, False]
    await town.pass_minutes(0.1)
    [fault] = await open_faults(town, "harbour")
    await resolve(town, town.clerk, "harbour", fault["ticket"]["id"])


async def make_packs_hot(town: Town) -> str:
    """A pack of the yard overheats: its slot is locked, and a technician has to look. Returns the ticket."""
    packs = await packs_in_slots(town, "yard")
    hot = next(pack["serialNumber"] for pack in packs if not pack["isHeld"] and pack["condition"] == "FIT")
    await measure(town, "yard", "PACK", serialNumber=hot, temperatureCelsius=66.0)
    [fault] = await open_faults(town, "yard")
    [command] = pending(fault)
    await town.clerk.must("confirmCommand", commandId=command, isAccepted=True)
    await town.pass_minutes(0.1)
    [fault] = await open_faults(town, "yard")
    return str(fault["ticket"]["id"])


async def move_holds(town: Town) -> None:
    """The slot of a held pack fails: the hold goes to another pack, and the rider swaps there."""
    [rider] = await town.idle_riders(1)
    hold = await hold_at(town, rider, "market")
    assert hold is not None
    slot = hold.entry["packs"][0]["evseId"]
    await measure(town, "market", "SLOT", evseId=slot, errorCode="InternalError")
    await until(hold.look, lambda entry: bool(entry["moves"]))
    await town.check()
    await town.pass_minutes(6)
    await arrive(town, hold)
    await swap(town, hold)
    await measure(town, "market", "SLOT", evseId=slot)
    assert await open_faults(town, "market") == []


async def break_promises(town: Town) -> None:
    """The island loses its power, and there is no other station near: the rider is paid, once."""
    [rider] = await town.idle_riders(1)
    hold = await hold_at(town, rider, "island")
    assert hold is not None
    before = (await rider.ask("{ creditBalance { credits } }"))["credits"]
    await measure(town, "island", "STATION", errorCode="UnderVoltage")
    ended = await until(hold.look, lambda entry: entry["state"] == "COMPENSATED")
    assert ended["compensationCredits"] > 0
    await town.facts.drain()
    after = (await rider.ask("{ creditBalance { credits } }"))["credits"]
    assert after == before + ended["compensationCredits"]
    await town.pass_minutes(2)
    await measure(town, "island", "STATION")
    assert (await rider.ask(STATUS, id=town.node("island")))["state"] == "OPEN"


async def are_silences(town: Town) -> None:
    """The kiosk falls silent: it is out of service until it is seen again."""
    status = await town.analyst.ask(STATUS, id=town.node("kiosk"))
    assert status["state"] == "OUT_OF_SERVICE"
    [fault] = await open_faults(town, "kiosk")
    assert (fault["code"], fault["source"]) == ("STATION_OFFLINE", "HEARTBEAT")
    town.silent.discard("kiosk")
    await report(town, "kiosk")
    assert (await town.analyst.ask(STATUS, id=town.node("kiosk")))["state"] == "OPEN"


async def measure(town: Town, station: str, component: str, **values: Any) -> dict[str, Any]:
    """Let a gateway report a reading of now; the clock goes on a second, for no two readings are of one moment."""
    town.clock.advance(timedelta(seconds=1))
    reading = {"component": component, "measuredAt": town.clock.now().isoformat(), **values}
    return await town.clerk.must(
        "reportTelemetry", REPORTED, stationId=town.node(station), readings=[reading]
    )


async def faults(town: Town, **wanted: Any) -> list[dict[str, Any]]:
    """Return faults, newest first."""
    found = await town.analyst.ask(FAULTS, filter=wanted)
    return [edge["node"] for edge in found["edges"]]


async def open_faults(town: Town, station: str) -> list[dict[str, Any]]:
    """Return the open faults of a station."""
    return await faults(town, stationId=town.node(station), isOpen=True)


def pending(fault: dict[str, Any]) -> list[str]:
    """Return the command that waits for an answer, if one does."""
    return [one["id"] for one in fault["attempts"] if one["outcome"] == "PENDING"]


async def resolve(town: Town, person: Person, station: str, ticket: str) -> None:
    """Go to the station of a ticket and resolve it, twice as once."""
    await town.pass_minutes(2)
    person.at = town.point(station)
    await be_seen(person, [(town.clock.now(), person.at)])
    for _ in range(2):
        resolved = await person.must("resolveTicket", RESOLVED, ticketId=ticket, action="SWAP_MODULE")
        assert resolved["ticket"]["state"] == "RESOLVED"
