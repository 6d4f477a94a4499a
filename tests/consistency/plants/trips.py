"""Trips to shops that do not fit their storage requests."""

from datetime import timedelta

from navswap.features.logistics.storage.jobs import TransportJobDocument
from navswap.features.partners.storage import StorageRequestDocument
from tests.consistency.network import Network
from tests.consistency.planting import plant, write
from tests.factories.network import a_station
from tests.factories.partners import a_shop
from tests.factories.trips import a_trip


async def trip(network: Network) -> tuple[str, str]:
    """Return the ids of an open trip, and of its storage request, that was accepted two hours ago."""
    job = await a_trip(network.runtime, await a_shop(), await a_station(network.runtime))
    assert job.storage is not None
    long_ago = network.runtime.clock.now() - timedelta(hours=2)
    await write(StorageRequestDocument, job.storage.request_id, answered_at=long_ago)
    return job.id, job.storage.request_id


@plant("trips-follow-their-requests", "waits for 2 packs that no trip brings")
async def _(network: Network) -> None:
    job, _ = await trip(network)
    await TransportJobDocument.collection().delete_one({"_id": job})


@plant("trips-follow-their-requests", "which does not exist")
async def _(network: Network) -> None:
    _, request = await trip(network)
    await StorageRequestDocument.collection().delete_one({"_id": request})


@plant("trips-follow-their-requests", "is EXPIRED for more than an hour")
async def _(network: Network) -> None:
    _, request = await trip(network)
    long_ago = network.runtime.clock.now() - timedelta(hours=2)
    await write(StorageRequestDocument, request, state="EXPIRED", ended_at=long_ago)


@plant("trips-follow-their-requests", "does not count as fetched")
async def _(network: Network) -> None:
    job, _ = await trip(network)
    await write(TransportJobDocument, job, picked_up=["pack"])


@plant("trips-follow-their-requests", "unlike its storage request")
async def _(network: Network) -> None:
    job, _ = await trip(network)
    await write(TransportJobDocument, job, target_id="elsewhere")
