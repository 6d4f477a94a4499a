"""Counters of stations that do not count."""

from navswap.features.stations.storage import StationDocument, Stations
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("stock-is-counted", "charged_packs 9, counted")
async def _(network: Network) -> None:
    await write(StationDocument, network.station, status__stock__charged_packs=9)


@plant("stock-is-counted", "charged_packs of NS-48 None, counted")
async def _(network: Network) -> None:
    await write(StationDocument, network.station, status__stock_by_model=[])


@plant("queue-lengths-are-counted", "1 entries are active")
async def _(network: Network) -> None:
    await write(StationDocument, network.station, status__queue_length=0)


@plant("queue-lengths-are-counted", "does not exist, yet has 1 active")
async def _(network: Network) -> None:
    await Stations.collection().delete_one({"_id": network.station})
