"""What a matching is computed from: open jobs, and the transporters who can be offered one."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta

from navswap.features.logistics.domain.matching import Carrier, OpenJob
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.service.stops import StopReader
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import JobOffers, Transporters
from navswap.features.packs.service import PackReader
from navswap.features.positions.service import PositionService
from navswap.kit.clock import Clock

EARNED_OVER = timedelta(hours=24)
"""The span over which what a transporter earned counts in fairness."""


class MatchingInputs:
    """Reads both sides of a matching; a transporter counts as there if seen within `oldest_position`."""

    def __init__(
        self,
        clock: Clock,
        stops: StopReader,
        packs: PackReader,
        positions: PositionService,
        oldest_position: timedelta,
    ) -> None:
        self._clock = clock
        self._stops = stops
        self._packs = packs
        self._positions = positions
        self._oldest_position = oldest_position

    async def list_open_jobs(self, jobs: Sequence[TransportJob]) -> list[OpenJob]:
        """Return what matching needs of jobs; those whose origin is gone, or whose shop is closed now, are left out."""
        stops = await self._stops.find(stop for job in jobs for stop in (job.origin, job.target))
        closed = {stop for stop, facts in stops.items() if not facts.is_open}
        offers = await JobOffers.list_of_jobs([job.id for job in jobs])
        return [
            OpenJob.of(job, point, offers[job.id])
            for job in jobs
            if closed.isdisjoint({job.origin, job.target})
            and job.origin in stops
            and (point := stops[job.origin].point) is not None
        ]

    async def list_carriers(self, answering: AbstractSet[str]) -> list[Carrier]:
        """Return who can be offered a job, without those who have an offer to answer."""
        now = self._clock.now()
        busy = answering | await TransportJobs.list_busy()
        free = {
            transporter.id: transporter
            for transporter in await Transporters.list_online()
            if transporter.id not in busy
        }
        ids = list(free)
        seen = await self._positions.find_latest(ids)
        loaded = await self._packs.list_with_transporters(ids)
        earned = await TransportJobs.sum_earned(ids, now - EARNED_OVER)
        return [
            Carrier(
                transporter_id=transporter.id,
                point=seen[transporter.id].point,
                room_packs=transporter.capacity_packs - len(loaded[transporter.id]),
                free_since=transporter.free_since,
                earned_credits=earned.get(transporter.id, 0),
            )
            for transporter in free.values()
            if transporter.id in seen and seen[transporter.id].recorded_at >= now - self._oldest_position
        ]
