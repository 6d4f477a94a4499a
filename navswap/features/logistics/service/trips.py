"""Trips to shops: opened for storage requests that wait for packs, and cancelled with those that are over."""

from collections import defaultdict

from pymongo.errors import DuplicateKeyError

from navswap.features.logistics.domain import job_lifecycle
from navswap.features.logistics.domain.trips import packs_without_trip
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.trip_opener import TripOpener
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.partners.service import StorageRequestService
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


class TripPlanner:
    """Keeps the trips of storage requests in line with them."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        writer: JobWriter,
        trips: TripOpener,
        requests: StorageRequestService,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._writer = writer
        self._trips = trips
        self._requests = requests

    async def follow(self, request_id: str, session: Session) -> int:
        """Open the trips that a storage request lacks, or cancel those of one that is over; returns how many.

        Doing it again changes nothing.
        """
        request = await self._requests.get(request_id, session)
        jobs = await TransportJobs.list_of_request(request_id, session)
        if request.missing_packs:
            return await self._trips.open_for_request(request, jobs, session)
        reason = f"the storage request is {request.state}"
        unneeded = [job_lifecycle.cancel(job, reason, self._clock.now()) for job in jobs if not job.has_ended]
        for step in unneeded:
            await self._writer.apply(step, session)
        return len(unneeded)

    async def follow_due(self) -> int:
        """Follow the storage requests whose trips are not in line with them; returns how many opened or ended.

        A trip that has failed is replaced here, and what a reaction missed is made up for. Safe to run in several
        processes.
        """
        waiting = {request.id: request for request in await self._requests.list_accepted()}
        jobs: dict[str, list[TransportJob]] = defaultdict(list)
        for job in await TransportJobs.list_for_storage(list(waiting)):
            if job.storage is not None:
                jobs[job.storage.request_id].append(job)
        unserved = [
            request.id
            for request in waiting.values()
            if packs_without_trip(request.missing_packs, jobs[request.id])
        ]
        unneeded = sorted(jobs.keys() - waiting.keys())
        return await work_through([*unserved, *unneeded], self._follow)

    async def _follow(self, request_id: str) -> int:
        async def work(session: Session) -> int:
            return await self.follow(request_id, session)

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:  # another process has opened the same trips
            return 0
