"""Traffic that does not add up."""

from navswap.features.traffic.storage import TrafficCellDocument, TrafficCells, TrafficMinute
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("probes-are-counted", "in its speed classes")
async def _(network: Network) -> None:
    del network
    [minute, *_] = await TrafficMinute.find_all().to_list()
    await write(TrafficMinute, minute.id, probes=minute.probes + 1)


@plant("probes-are-counted", "no cell of the map")
async def _(network: Network) -> None:
    del network
    [minute, *_] = await TrafficMinute.find_all().to_list()
    await write(TrafficMinute, minute.id, cell="8928308280fffff")


@plant("cells-follow-the-map", "changed in revision 99 of 1")
async def _(network: Network) -> None:
    del network
    [cell, *_] = await TrafficCells.list_where({})
    await write(TrafficCellDocument, cell.id, changed_in=99)


@plant("cells-follow-the-map", "congestion of 1.5")
async def _(network: Network) -> None:
    del network
    [cell, *_] = await TrafficCells.list_where({})
    await write(TrafficCellDocument, cell.id, published__congestion=1.5)
