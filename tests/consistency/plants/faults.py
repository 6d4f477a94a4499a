"""Tickets without a cause, blocks without a fault, promises that were not made good."""

from navswap.features.credits.storage import LedgerEntryDocument
from navswap.features.faults.domain.values import TicketState
from navswap.features.faults.storage import FaultDocument, TicketDocument
from navswap.features.stations.storage import Stations
from navswap.features.swapping.storage import QueueEntryDocument
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("tickets-have-their-cause", "is resolved, yet fault")
async def _(network: Network) -> None:
    await write(TicketDocument, network.ticket, state=TicketState.RESOLVED)


@plant("tickets-have-their-cause", "is not that of an open fault")
async def _(network: Network) -> None:
    await FaultDocument.collection().update_one(
        {"ticket_id": network.ticket}, {"$set": {"state": "RESOLVED"}}
    )


@plant("tickets-have-their-cause", "has no cause")
async def _(network: Network) -> None:
    await write(TicketDocument, network.ticket, fault_id="another")


@plant("tickets-have-their-cause", "there is no ticket")
async def _(network: Network) -> None:
    await TicketDocument.collection().delete_one({"_id": network.ticket})


@plant("what-is-out-of-use-has-a-fault", "which is not open")
async def _(network: Network) -> None:
    del network
    await FaultDocument.collection().delete_many({})


@plant("what-is-out-of-use-has-a-fault", "has no block")
async def _(network: Network) -> None:
    del network
    await Stations.collection().update_many({}, {"$set": {"blocks": []}})


@plant("compensations-are-paid", "was never paid")
async def _(network: Network) -> None:
    await LedgerEntryDocument.collection().delete_one({"reference": f"compensation:{network.compensated}"})


@plant("compensations-are-paid", "is not what a compensated entry says")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.compensated, compensation_credits=1)


@plant("tickets-have-their-cause", "has no cause")
async def _(network: Network) -> None:
    await write(TicketDocument, network.ticket, state=TicketState.RESOLVED)
    await FaultDocument.collection().delete_many({})
