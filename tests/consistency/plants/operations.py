"""Staff that is neither free nor busy, and feeders that are asked for too much."""

from navswap.features.energy.storage import EnergyStationDocument
from navswap.features.staffing.storage import AssignmentDocument
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("assignments-are-active-or-ended", "a state that is an end")
async def _(network: Network) -> None:
    await write(AssignmentDocument, network.assignment, state="ENDED")


@plant("assignments-are-active-or-ended", "a state that is none")
async def _(network: Network) -> None:
    await write(AssignmentDocument, network.assignment, is_active=False)


@plant("assignments-are-active-or-ended", "a time at which it ended")
async def _(network: Network) -> None:
    await write(AssignmentDocument, network.assignment, ended_at=network.now())


@plant("assignments-are-active-or-ended", "has ended at no time")
async def _(network: Network) -> None:
    await write(AssignmentDocument, network.assignment, state="ENDED", is_active=False)


@plant("assignments-are-active-or-ended", "went on unaccepted")
async def _(network: Network) -> None:
    await write(AssignmentDocument, network.assignment, accepted_at=None)


@plant("chargers-keep-to-the-feeder", "at a feeder of 0.10 kW")
async def _(network: Network) -> None:
    await write(EnergyStationDocument, network.charging, limit_kw=0.1)
