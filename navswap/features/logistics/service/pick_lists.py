"""Which packs a transporter takes at the origin of a job, as of now: a pack that is held meanwhile gives way to another."""

from collections.abc import Sequence

from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.packs.service import Pack, PackReader, best_free


class PickListService:
    """Names packs for jobs under way, each to one job."""

    def __init__(self, packs: PackReader, promised_soc_percent: float) -> None:
        self._packs = packs
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

    def _choose(self, job: TransportJob, packs: Sequence[Pack]) -> tuple[Pack, ...]:
        return best_free(
            packs,
            model_id=job.pack_model_id,
            count=job.packs_to_fetch,
            promised_soc_percent=self._promised_soc_percent,
        )
