"""Trips to and from partner shops: jobs that no rebalancing plan opens, for as many packs as no other trip is for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from navswap.features.logistics.domain.job_lifecycle import open_job
from navswap.features.logistics.domain.loads import load_sizes
from navswap.features.logistics.domain.parameters import LogisticsParameters
from navswap.features.logistics.domain.pay import reward_credits
from navswap.features.logistics.domain.values import JobState, PlannedLoad, Stop, StorageTrip, TransportJob
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition


@dataclass(frozen=True, slots=True)
class Trip:
    """Packs of one model that are to be brought from one place to another until a time."""

    origin: Stop
    target: Stop
    packs: int
    pack_model_id: str
    trip_minutes: float
    wanted_until: datetime


def packs_without_trip(missing: int, jobs: Sequence[TransportJob]) -> int:
    """Return how many of the packs that a storage request lacks no trip brings; `jobs` are all that it ever had.

    One that an administrator cancelled is not replaced.
    """
    covered = sum(
        job.packs_to_deliver for job in jobs if not job.has_ended or job.state is JobState.CANCELLED
    )
    return max(0, missing - covered)


def open_trip(
    job_id: str,
    trip: Trip,
    now: datetime,
    parameters: LogisticsParameters,
    storage: StorageTrip | None = None,
) -> Transition[TransportJob]:
    """Open the job of a trip; it pays what any job of that load and drive pays."""
    load = PlannedLoad(
        origin_id=trip.origin.id,
        target_id=trip.target.id,
        packs=trip.packs,
        promised_packs=0,
        trip_minutes=trip.trip_minutes,
        reward_credits=reward_credits(trip.packs, 0, trip.trip_minutes, parameters.pay),
        pack_model_id=trip.pack_model_id,
        origin_kind=trip.origin.kind,
        target_kind=trip.target.kind,
    )
    return open_job(job_id, None, load, now, parameters.jobs, storage=storage, wanted_until=trip.wanted_until)


def open_storage_trips(
    request_id: str,
    trip: Trip,
    jobs: Sequence[TransportJob],
    limit: int,
    now: datetime,
    parameters: LogisticsParameters,
    ids: Ids,
) -> list[Transition[TransportJob]]:
    """Open jobs of at most `limit` packs each for those of a storage request that no trip brings."""
    sizes = load_sizes(packs_without_trip(trip.packs, jobs), limit)
    return [
        open_trip(ids.new(), replace(trip, packs=packs), now, parameters, StorageTrip(request_id, number))
        for number, packs in enumerate(sizes, len(jobs) + 1)
    ]
