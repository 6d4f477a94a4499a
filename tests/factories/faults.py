"""What stations measure, and what becomes of it."""

from typing import Any

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.features.faults.domain.catalogue import Component
from navswap.features.faults.domain.readings import Reading
from navswap.features.faults.domain.values import Attempt, Fault, Ticket
from navswap.features.faults.service import FaultsServices, TelemetryReport
from navswap.features.faults.storage import Faults, Tickets
from navswap.features.stations.service import Station
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from tests.factories.logistics import drive
from tests.factories.network import TAIPEI
from tests.factories.positions import a_principal

BROKEN = "InternalError"


def a_reading(runtime: Runtime, component: Component = Component.SLOT, **values: Any) -> Reading:
    """Return what a component measures now; of slot 1 by default."""
    if component in {Component.SLOT, Component.CHARGER}:
        values.setdefault("evse_id", 1)
    return Reading(component, runtime.clock.now(), **values)


async def telemetry(runtime: Runtime, station: Station, *readings: Reading) -> TelemetryReport:
    return await FaultsServices.of(runtime).telemetry.report(station.id, list(readings))


async def advance(runtime: Runtime) -> int:
    return await FaultsServices.of(runtime).commands.advance_due()


async def the_fault(station: Station) -> Fault:
    """Return the one fault of a station, as it is stored."""
    [fault] = await Faults.list_where({"station_id": station.id})
    return fault


async def the_ticket(station: Station) -> Ticket:
    [ticket] = await Tickets.list_where({"station_id": station.id})
    return ticket


def pending(fault: Fault) -> Attempt:
    assert fault.pending is not None
    return fault.pending


async def published(prefix: str) -> list[dict[str, Any]]:
    """Return the payloads of what was published under a type, oldest first, each with its `type`."""
    events = await OutboxEvent.find({"envelope.type": {"$regex": f"^{prefix}"}}).sort("position").to_list()
    return [{**event.envelope["payload"], "type": event.envelope["type"]} for event in events]


async def a_ticket(runtime: Runtime, station: Station, evse_id: int = 1) -> Ticket:
    """Store a fault that no command ends, and let it come to its ticket."""
    await telemetry(runtime, station, a_reading(runtime, evse_id=evse_id, error_code=BROKEN))
    while (fault := await the_fault(station)).ticket_id is None:
        if fault.pending is not None:
            await FaultsServices.of(runtime).commands.answer(
                pending(fault).command_id, accepted=False, detail="no"
            )
        await advance(runtime)
    return await the_ticket(station)


async def on_site(runtime: Runtime, staff_id: str = "staff-1", point: Point = TAIPEI) -> Principal:
    """Let a member of staff be seen at a place, and return who that is."""
    await drive(runtime, staff_id, point, Role.STAFF)
    return a_principal(staff_id, Role.STAFF)
