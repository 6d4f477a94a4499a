"""Trips to partner shops: what a shop waits for is on its way, and nothing is on its way that no shop waits for."""

from collections import defaultdict
from datetime import timedelta

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.features.logistics.domain.trips import packs_without_trip
from navswap.features.logistics.domain.values import Stop, StopKind, StorageTrip, TransportJob
from navswap.features.logistics.storage.jobs import TransportJobDocument, TransportJobs
from navswap.features.partners.domain.values import RequestState, StorageRequest
from navswap.features.partners.storage import StorageRequestDocument, StorageRequests

PLANNED_WITHIN = timedelta(hours=1)
"""How long a trip may take to be opened, replaced or cancelled, where the worker has not come by."""


class TripsFollowTheirRequests(Invariant):
    """A shop that accepted packs is not forgotten, and no transporter drives for a request that is over."""

    statement = (
        "Each storage request that waits for packs has trips for them, and each trip for one has its station, its shop and "
        "its packs, and ends with it."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare the storage requests with the jobs that name one."""
        trips: dict[str, list[tuple[TransportJob, StorageTrip]]] = defaultdict(list)
        async for row in view.read(TransportJobDocument, {"storage.request_id": {"$exists": True}}):
            finding.examined += 1
            job = TransportJobs.from_stored(row)
            if job.storage is not None:
                trips[job.storage.request_id].append((job, job.storage))
        wanted = {"$or": [{"_id": {"$in": list(trips)}}, {"state": RequestState.ACCEPTED}]}
        async for row in view.read(StorageRequestDocument, wanted):
            finding.examined += 1
            request = StorageRequests.from_stored(row)
            jobs = [job for job, _ in trips.pop(request.id, [])]
            for job in jobs:
                for problem in _problems(job, request, view):
                    finding.offend(f"transport_jobs {job.id}", problem)
            _look_for_missing(request, jobs, view, finding)
        for request_id, found in trips.items():
            for job, trip in found:
                finding.offend(
                    f"transport_jobs {job.id}",
                    f"is trip {trip.number} of storage request {request_id}, which does not exist",
                )


def _problems(job: TransportJob, request: StorageRequest, view: View) -> list[str]:
    station, shop = Stop(StopKind.STATION, request.station_id), Stop(StopKind.SHOP, request.shop_id)
    problems = []
    if (job.origin, job.target) != (station, shop):
        problems.append(f"goes from {job.origin.id} to {job.target.id}, unlike its storage request")
    if job.has_ended:
        return problems
    if request.ended_at is not None and request.ended_at < view.now - PLANNED_WITHIN:
        problems.append(f"is not over; its storage request is {request.state} for more than an hour")
    if request.ended_at is None and not set(job.picked_up) <= set(request.collected):
        problems.append("picked up packs that its storage request does not count as fetched")
    return problems


def _look_for_missing(
    request: StorageRequest, jobs: list[TransportJob], view: View, finding: Finding
) -> None:
    """Find fault with a request that has lacked a trip for long: since it was accepted, or since its last one ended."""
    lacking = packs_without_trip(request.missing_packs, jobs)
    ends = [job.ended_at for job in jobs if job.ended_at is not None]
    since = max([request.answered_at or request.requested_at, *ends])
    if lacking and since < view.now - PLANNED_WITHIN and request.due_at > view.now:
        finding.offend(
            f"storage_requests {request.id}",
            f"waits for {lacking} packs that no trip brings for more than an hour",
        )
