"""Streams with gaps, events that wait, guards that are gone, sessions of nobody."""

from datetime import UTC, datetime, timedelta

from navswap.auth.roles import Role
from navswap.events.dead_letters import dead_letter
from navswap.events.outbox import OutboxEvent
from navswap.features.energy.storage import EnergyStationDocument
from navswap.features.faults.storage import TicketDocument
from navswap.features.staffing.storage import StaffMemberDocument
from navswap.features.stations.storage import StationDocument, Stations
from navswap.features.swapping.storage import QueueEntryDocument, SwapDocument
from navswap.features.users.storage import Sessions, Users
from navswap.infra.lease import LeaseDocument
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("unique-indexes-stand", "missing or not unique")
async def _(network: Network) -> None:
    del network
    await SwapDocument.collection().drop_index("one_swap_an_entry")


@plant("sessions-belong-to-users", "belongs to no user")
async def _(network: Network) -> None:
    del network
    await Users.collection().delete_many({"role": Role.ADMIN})


@plant("sessions-belong-to-users", "ended before it began")
async def _(network: Network) -> None:
    ended = network.runtime.clock.now() - timedelta(days=1)
    await Sessions.collection().update_many({}, {"$set": {"ended_at": ended}})


@plant("streams-carry-every-revision", "has a gap")
async def _(network: Network) -> None:
    told = {"$elemMatch": {"name": f"station:{network.station}", "sequence": 4}}
    assert (await OutboxEvent.collection().delete_one({"streams": told})).deleted_count == 1


@plant("streams-carry-every-revision", "has a gap")
async def _(network: Network) -> None:
    told = {"$elemMatch": {"name": f"queue:{network.station}", "sequence": 4}}
    await OutboxEvent.collection().update_one({"streams": told}, {"$set": {"streams.0.sequence": 3}})


@plant("streams-carry-every-revision", "the newest published is")
async def _(network: Network) -> None:
    await Stations.collection().update_one({"_id": network.station}, {"$inc": {"queue_sequence": 1}})


@plant("streams-carry-every-revision", "of which nothing was published")
async def _(network: Network) -> None:
    await OutboxEvent.collection().delete_many({"streams.name": f"entry:{network.waiting}"})


@plant("streams-carry-every-revision", "does not exist")
async def _(network: Network) -> None:
    await QueueEntryDocument.collection().delete_one({"_id": network.waiting})


@plant("no-event-is-dead-lettered", "read its reason")
async def _(network: Network) -> None:
    await dead_letter("swapping", b"?", "bug", network.runtime.clock.now())


@plant("streams-carry-every-revision", "tickets")
async def _(network: Network) -> None:
    await TicketDocument.collection().update_one({"_id": network.ticket}, {"$inc": {"revision": 1}})


@plant("streams-carry-every-revision", "energy_stations")
async def _(network: Network) -> None:
    await EnergyStationDocument.collection().update_one({"_id": network.charging}, {"$inc": {"revision": 1}})


@plant("streams-carry-every-revision", "staff_members")
async def _(network: Network) -> None:
    del network
    await StaffMemberDocument.collection().update_many({}, {"$inc": {"sequence": 1}})


@plant("events-are-done-in-time", "has waited for Kafka")
async def _(network: Network) -> None:
    await OutboxEvent.collection().update_one({}, {"$set": {"pending": True}})
    network.wait(timedelta(minutes=61))


@plant("events-are-done-in-time", "has waited for its reactions")
async def _(network: Network) -> None:
    await OutboxEvent.collection().update_one({}, {"$set": {"awaited": ["credits"]}})
    network.wait(timedelta(minutes=61))


@plant("leases-end", "is held by a dead worker until 2126")
async def _(network: Network) -> None:
    del network
    until = datetime(2126, 1, 1, tzinfo=UTC)
    await LeaseDocument(id="for-ever", holder="a dead worker", until=until).insert()


@plant("documents-can-be-read", "cannot be read: revision")
async def _(network: Network) -> None:
    await write(StationDocument, network.station, revision="many")


@plant("documents-can-be-read", "cannot be read: status")
async def _(network: Network) -> None:
    await StationDocument.collection().update_one({"_id": network.station}, {"$unset": {"status": ""}})
