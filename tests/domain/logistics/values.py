"""Jobs, offers and transporters as tests of decisions need them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from navswap.features.logistics.domain.job_lifecycle import Taker
from navswap.features.logistics.domain.parameters import JobParameters
from navswap.features.logistics.domain.values import (
    JobOffer,
    JobState,
    OfferInputs,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.domain.vehicles import VehicleLoad
from navswap.kit.charging import STANDARD_PACK

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
PARAMETERS = JobParameters()
DRIVER, RIVAL = "driver", "rival"
PACKS = ("P-1", "P-2", "P-3")


def a_job(**values: Any) -> TransportJob:
    """Return an open job of three packs that pays 3,000 credits."""
    job = TransportJob(
        id="job",
        plan_id="plan",
        origin_id="origin",
        target_id="target",
        packs=3,
        promised_packs=0,
        trip_minutes=10.0,
        reward_credits=3_000,
        opened_at=NOW,
        due_at=NOW + timedelta(minutes=30),
        revision=4,
    )
    return replace(job, **values)


def an_accepted_job(**values: Any) -> TransportJob:
    """Return a job that the driver fetches."""
    taken = {"state": JobState.ACCEPTED, "transporter_id": DRIVER, "accepted_at": NOW, "attempts": 1}
    return a_job(**{**taken, **values})


def a_moving_job(picked_up: int = 3, delivered: int = 0, **values: Any) -> TransportJob:
    """Return a job with packs on board."""
    moving = {
        "state": JobState.IN_TRANSIT,
        "picked_up": PACKS[:picked_up],
        "picked_up_at": NOW,
        "delivered": PACKS[:delivered],
    }
    return an_accepted_job(**{**moving, **values})


def an_offer(**values: Any) -> JobOffer:
    """Return a live offer of the job to the driver."""
    offer = JobOffer(
        id="offer",
        job_id="job",
        transporter_id=DRIVER,
        origin_id="origin",
        target_id="target",
        packs=3,
        trip_minutes=10.0,
        reward_credits=3_000,
        is_exclusive=True,
        inputs=OfferInputs(pickup_minutes=6.0, fairness_minutes=-2.0),
        made_at=NOW,
        expires_at=NOW + timedelta(minutes=1),
        sequence=7,
    )
    return replace(offer, **values)


def a_transporter(name: str = DRIVER, **values: Any) -> Transporter:
    """Return a transporter online whose offers have changed seven times."""
    known = Transporter(name, is_online=True, capacity_packs=12, free_since=NOW, offer_sequence=7, revision=3)
    return replace(known, **values)


def a_vehicle(capacity: int = 12, on_board: int = 0, job: TransportJob | None = None) -> VehicleLoad:
    """Return a vehicle with so many packs on board."""
    return VehicleLoad(capacity, {f"B-{number}": STANDARD_PACK.id for number in range(on_board)}, job)


def a_taker(offer: JobOffer | None = None, vehicle: VehicleLoad | None = None) -> Taker:
    """Return the driver with a live offer and an empty vehicle, unless given."""
    return Taker(DRIVER, offer or an_offer(), vehicle or a_vehicle())
