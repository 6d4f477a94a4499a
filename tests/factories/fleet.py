"""Orders about packs, and those who hear of them."""

import asyncio

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.network.service import FleetOrder, FleetRequest, NetworkServices
from navswap.features.packs.service import PackAction, PackFilter
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.factories.positions import a_principal

BOSS = a_principal("boss", Role.ADMIN)


def a_request(
    deed: PackAction,
    packs: PackFilter,
    *,
    key: str | None = None,
    limit: int = 500,
    reason: str = "swollen cells",
) -> FleetRequest:
    return FleetRequest(deed, packs, reason, limit, key or new_id())


async def ordered(
    runtime: Runtime, deed: PackAction, *serial_numbers: str, key: str | None = None
) -> FleetOrder:
    """Order something to be done with named packs."""
    request = a_request(deed, PackFilter(serial_numbers=serial_numbers), key=key)
    return await NetworkServices.of(runtime).fleet.carry_out(request, BOSS)


async def let_swapping_react(runtime: Runtime, *topics: str) -> None:
    """Hand what was published to some topics to swapping's reactions, all at once; what it knows it passes over."""
    [swapping] = [one for one in fact_consumers(runtime) if one.group == "swapping"]
    events = await OutboxEvent.find({"envelope.topic": {"$in": list(topics)}}).sort("position").to_list()
    envelopes = [envelope_of(event.model_dump(by_alias=True)) for event in events]
    work = [one for one in envelopes if one.type in swapping._reactions]
    await asyncio.gather(*(swapping.handle_once(envelope) for envelope in work))
