"""Orders about packs, and the consumers of their facts."""

import asyncio

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.network.service import (
    FleetAction,
    FleetOrder,
    FleetRequest,
    NetworkServices,
    PackSelection,
)
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.factories.positions import a_principal

BOSS = a_principal("boss", Role.ADMIN)


def a_request(
    action: FleetAction, packs: PackSelection, *, limit: int = 500, reason: str = "swollen cells"
) -> FleetRequest:
    return FleetRequest(action, packs, reason, limit)


async def ordered(
    runtime: Runtime, action: FleetAction, *serial_numbers: str, key: str | None = None
) -> FleetOrder:
    """Order something to be done with named packs."""
    request = a_request(action, PackSelection(serial_numbers=serial_numbers))
    return await NetworkServices.of(runtime).fleet.carry_out(request, key or new_id(), BOSS)


async def let_swapping_react(runtime: Runtime, *topics: str) -> None:
    """Hand what was published to some topics to swapping's reactions, all at once; repeated ones change nothing."""
    [swapping] = [consumer for consumer in fact_consumers(runtime) if consumer.group == "swapping"]
    events = await OutboxEvent.find({"envelope.topic": {"$in": list(topics)}}).sort("position").to_list()
    envelopes = [envelope_of(event.model_dump(by_alias=True)) for event in events]
    work = [envelope for envelope in envelopes if envelope.type in swapping._reactions]
    await asyncio.gather(*(swapping.handle_once(envelope) for envelope in work))
