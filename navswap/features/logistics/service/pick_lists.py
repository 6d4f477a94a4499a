"""Which packs a transporter takes at the origin of a job and which slots they fill at its target, as of now.

A pack that is held meanwhile, or a slot that is filled, gives way to another.
"""

from collections.abc import Sequence

from navswap.features.logistics.domain.slots import propose_slots
from navswap.features.logistics.domain.values import Stop, StopKind, TransportJob
from navswap.features.logistics.service.station_stock import free_slots
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.packs.service import Pack, PackReader, PlaceKind, best_free
from navswap.features.stations.service import StationReader

PLACE_OF_STOP = {
    StopKind.STATION: PlaceKind.SLOT,
    StopKind.SHOP: PlaceKind.SHOP,
    StopKind.DEPOT: PlaceKind.DEPOT,
}


class PickListService:
    """Names packs and slots for jobs under way, each to one job."""

    def __init__(self, packs: PackReader, stations: StationReader, promised_soc_percent: float) -> None:
        self._packs = packs
        self._stations = stations
        self._promised_soc_percent = promised_soc_percent

    async def find(self, job_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that are to be taken for each job, by slot; none for jobs that are not under way.

        At a station they are the fullest packs of the job's model that may be handed out and are not held, at a shop and a
        depot the fullest that are fit; fewer than the job still lacks, where there are fewer. Of several jobs at one place
        that chooses first which was taken first.
        """
        wanted = await TransportJobs.find_by_ids(job_ids)
        under_way = await TransportJobs.list_under_way_from({job.origin for job in wanted.values()})
        there = await self._list_at({job.origin for job in under_way})
        named: dict[str, tuple[Pack, ...]] = dict.fromkeys(job_ids, ())
        taken = set[str]()
        for job in under_way:
            chosen = self._choose(job, [pack for pack in there[job.origin] if pack.id not in taken])
            taken |= {pack.id for pack in chosen}
            if job.id in named:
                named[job.id] = tuple(sorted(chosen, key=lambda pack: pack.place.evse_id or 0))
        return named

    async def find_slots(self, job_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the slots of the target to put the packs of each job into; none for jobs that are not under way.

        They are the lowest empty ones that are available and take the job's model, for what it has not delivered yet;
        fewer where the station has fewer, and none at a shop. Of several jobs to one station that chooses first which was
        taken first.
        """
        wanted = await TransportJobs.find_by_ids(job_ids)
        targets = {job.target for job in wanted.values() if job.is_under_way}
        under_way = await TransportJobs.list_under_way_to(targets)
        target_ids = sorted(target.id for target in targets if target.kind is StopKind.STATION)
        stations = await self._stations.list_by_ids(target_ids)
        there = await self._packs.list_at_stations(target_ids)
        named: dict[str, tuple[int, ...]] = dict.fromkeys(job_ids, ())
        for target_id, station in stations.items():
            jobs = [
                (job.id, job.pack_model_id, job.packs_to_deliver)
                for job in under_way
                if job.target == Stop(StopKind.STATION, target_id)
            ]
            proposed = propose_slots(jobs, free_slots(station, there[target_id]))
            named |= {job_id: slots for job_id, slots in proposed.items() if job_id in named}
        return named

    async def _list_at(self, stops: set[Stop]) -> dict[Stop, tuple[Pack, ...]]:
        found: dict[Stop, tuple[Pack, ...]] = {}
        for kind, place_kind in PLACE_OF_STOP.items():
            ids = sorted(stop.id for stop in stops if stop.kind is kind)
            packs = await self._packs.list_with(place_kind, ids) if ids else {}
            found |= {Stop(kind, holder_id): held for holder_id, held in packs.items()}
        return found

    def _choose(self, job: TransportJob, packs: Sequence[Pack]) -> tuple[Pack, ...]:
        return best_free(
            packs,
            model_id=job.pack_model_id,
            count=job.packs_to_fetch,
            promised_soc_percent=self._promised_soc_percent if job.origin_kind is StopKind.STATION else 0.0,
        )
