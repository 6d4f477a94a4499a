"""Which packs a transporter takes at the origin of a job and which slots they fill at its target, as of now.

A pack that is held meanwhile, or a slot that is filled, gives way to another.
"""

from collections.abc import Sequence

from navswap.features.logistics.domain.slots import propose_slots
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.service.station_stock import free_slots
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.packs.service import Pack, PackReader, best_free
from navswap.features.stations.service import StationReader


class PickListService:
    """Names packs and slots for jobs under way, each to one job."""

    def __init__(self, packs: PackReader, stations: StationReader, promised_soc_percent: float) -> None:
        self._packs = packs
        self._stations = stations
        self._promised_soc_percent = promised_soc_percent

    async def find(self, job_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that are to be taken for each job, by slot; none for jobs that are not under way.

        They are the fullest packs of the job's model that may be handed out and are not held; fewer than the job still
        lacks, where the station has fewer. Of several jobs at one station that chooses first which was taken first.
        """
        wanted = await TransportJobs.find_by_ids(job_ids)
        under_way = await TransportJobs.list_under_way_from({job.origin_id for job in wanted.values()})
        at_station = await self._packs.list_at_stations(sorted({job.origin_id for job in under_way}))
        named: dict[str, tuple[Pack, ...]] = dict.fromkeys(job_ids, ())
        taken = set[str]()
        for job in under_way:
            chosen = self._choose(job, [pack for pack in at_station[job.origin_id] if pack.id not in taken])
            taken |= {pack.id for pack in chosen}
            if job.id in named:
                named[job.id] = tuple(sorted(chosen, key=lambda pack: pack.place.evse_id or 0))
        return named

    async def find_slots(self, job_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the slots of the target to put the packs of each job into; none for jobs that are not under way.

        They are the lowest empty ones that are available and take the job's model, for what it has not delivered yet;
        fewer where the station has fewer. Of several jobs to one station that chooses first which was taken first.
        """
        wanted = await TransportJobs.find_by_ids(job_ids)
        target_ids = sorted({job.target_id for job in wanted.values() if job.is_under_way})
        under_way = await TransportJobs.list_under_way_to(target_ids)
        stations = await self._stations.list_by_ids(target_ids)
        there = await self._packs.list_at_stations(target_ids)
        named: dict[str, tuple[int, ...]] = dict.fromkeys(job_ids, ())
        for target_id, station in stations.items():
            jobs = [
                (job.id, job.pack_model_id, job.packs_to_deliver)
                for job in under_way
                if job.target_id == target_id
            ]
            proposed = propose_slots(jobs, free_slots(station, there[target_id]))
            named |= {job_id: slots for job_id, slots in proposed.items() if job_id in named}
        return named

    def _choose(self, job: TransportJob, packs: Sequence[Pack]) -> tuple[Pack, ...]:
        return best_free(
            packs,
            model_id=job.pack_model_id,
            count=job.packs_to_fetch,
            promised_soc_percent=self._promised_soc_percent,
        )
