"""Counters of stations that do not count."""

from navswap.features.stations.documents import Station
from tests.audit.network import Network
from tests.audit.planting import plant, write


@plant("stock-is-counted", "charged_packs 9, counted")
async def _(network: Network) -> None:
    await write(Station, network.station, status__stock__charged_packs=9)


@plant("queue-lengths-are-counted", "1 entries are active")
async def _(network: Network) -> None:
    await write(Station, network.station, status__queue_length=0)


@plant("queue-lengths-are-counted", "does not exist, yet has 1 active")
async def _(network: Network) -> None:
    await Station.collection().delete_one({"_id": network.station})
