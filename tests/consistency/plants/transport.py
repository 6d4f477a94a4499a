"""Transport jobs, their offers and payments that do not fit each other."""

from navswap.features.credits.storage import LedgerEntryDocument
from navswap.features.logistics.service import LogisticsServices
from navswap.features.logistics.storage.jobs import TransportJobDocument
from navswap.features.logistics.storage.offers import JobOfferDocument
from navswap.kit.ids import new_id
from tests.consistency.network import Network
from tests.consistency.planting import plant, write
from tests.factories.logistics import a_job, a_transporter, offers_of
from tests.factories.network import a_station


@plant("jobs-are-open-taken-or-ended", "is under way without a transporter")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, transporter_id=None)


@plant("jobs-are-open-taken-or-ended", "has the time of an end and is not over")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, ended_at=network.runtime.clock.now())


@plant("jobs-are-open-taken-or-ended", "is open and has a transporter")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, state="OPEN")


@plant("jobs-are-open-taken-or-ended", "is over since no time")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.paid_job, ended_at=None)


@plant("jobs-are-open-taken-or-ended", "what was not picked up")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.paid_job, picked_up=[])


@plant("jobs-are-open-taken-or-ended", "more than it is for")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, packs=1)


@plant("jobs-are-open-taken-or-ended", "without all its packs")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.paid_job, state="DELIVERED")


@plant("jobs-are-failed-without-packs", "yet delivered packs")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.paid_job, state="CANCELLED")


@plant("jobs-are-failed-without-packs", "yet delivered nothing")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.paid_job, delivered=[])


@plant("packs-on-board-are-with-their-transporter", "which is with RIDER")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, picked_up=[network.handed_out])


@plant("packs-on-board-are-with-their-transporter", "which is gone")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, picked_up=["gone"])


@plant("jobs-pay-once", "the ledger says nothing")
async def _(network: Network) -> None:
    await LedgerEntryDocument.collection().delete_one({"reference": f"job:{network.paid_job}"})


@plant("jobs-pay-once", "says 3000 credits were paid; the ledger says 1500")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.paid_job, paid_credits=3_000)


@plant("jobs-pay-once", "says 0 credits were paid")
async def _(network: Network) -> None:
    posted = await LedgerEntryDocument.collection().find_one({"reference": f"job:{network.paid_job}"})
    assert posted is not None
    await LedgerEntryDocument.collection().insert_one(
        {**posted, "_id": new_id(), "reference": f"job:{network.moving_job}"}
    )


@plant("jobs-pay-once", "a job that does not exist")
async def _(network: Network) -> None:
    await TransportJobDocument.collection().delete_one({"_id": network.paid_job})


async def offered(network: Network) -> str:
    """Offer an open job to a transporter; returns the offer."""
    origin, target = await a_station(network.runtime), await a_station(network.runtime)
    await a_transporter(network.runtime)
    job = await a_job(network.runtime, origin, target)
    await LogisticsServices.of(network.runtime).matching.match_open()
    [offer] = await offers_of(job)
    return offer.id


@plant("offers-follow-their-jobs", "is not open")
async def _(network: Network) -> None:
    await JobOfferDocument.collection().update_one(
        {"job_id": network.paid_job}, {"$set": {"state": "OFFERED"}}
    )


@plant("offers-follow-their-jobs", "is live, and has the time of an end")
async def _(network: Network) -> None:
    await write(JobOfferDocument, await offered(network), ended_at=network.runtime.clock.now())


@plant("offers-follow-their-jobs", "has ended since no time")
async def _(network: Network) -> None:
    await write(JobOfferDocument, await offered(network), state="DECLINED")
