"""Packs that shops give back: an administrator asks for them, and a job brings them to a station."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.features.logistics.domain.values import Stop, StopKind, TransportJob
from navswap.features.logistics.errors import FewerPacksStoredError, StationFullError
from navswap.features.logistics.service.trip_opener import TripOpener
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.packs.service import PackService
from navswap.features.partners.errors import ShopNotFoundError
from navswap.features.stations.service import StationService
from navswap.infra.idempotency import Idempotency, KeyedRequest
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError

MOST_RETURNED = 100
"""Most packs of one return, as many as one scan of a partner."""


@dataclass(frozen=True, slots=True)
class WantedReturn:
    """Packs of a shop that are to go to a station."""

    shop_id: str
    station_id: str
    packs: int
    pack_model_id: str = STANDARD_PACK.id


class ReturnService:
    """Has packs fetched from shops; a trip waits `within` for a transporter."""

    def __init__(
        self,
        clock: Clock,
        idempotency: Idempotency,
        audit_log: AuditLog,
        trips: TripOpener,
        stations: StationService,
        packs: PackService,
        within: timedelta,
    ) -> None:
        self._clock = clock
        self._idempotency = idempotency
        self._audit_log = audit_log
        self._trips = trips
        self._stations = stations
        self._packs = packs
        self._within = within

    async def request(self, wanted: WantedReturn, by: Principal, key: str) -> TransportJob:
        """Open a trip that brings packs of a shop to a station; the same key of the same user returns the first one.

        Raises InvalidInputError unless it is for 1 to 100 packs and no more than a usual vehicle carries,
        StationNotFoundError, ShopNotFoundError, FewerPacksStoredError, StationFullError, IdempotencyConflictError.
        """
        limit = min(MOST_RETURNED, await self._trips.load_limit())
        if not 1 <= wanted.packs <= limit:
            raise InvalidInputError("packs", f"A vehicle takes 1 to {limit} packs; ask again for others.")

        async def work(session: Session) -> TransportJob:
            now = self._clock.now()
            left = await self._count_left(wanted, session)
            job = await self._trips.open_return(
                wanted.shop_id,
                wanted.station_id,
                wanted.packs,
                wanted.pack_model_id,
                now + self._within,
                session,
            )
            if job is None:
                raise ShopNotFoundError("There is no such shop.")
            if wanted.packs > left:  # what was opened is undone with the transaction
                raise FewerPacksStoredError(f"The shop has {left} such packs to give; ask for fewer.")
            subject, asked = ("TransportJob", job.id), asdict(wanted)
            await self._audit_log.record(
                session, now, by, "requestStorageReturn", subject, before={}, after=asked
            )
            return job

        async def load(job_id: str) -> TransportJob:
            return (await TransportJobs.find_by_ids([job_id]))[job_id]

        request = KeyedRequest(by.user_id, "requestStorageReturn", key, asdict(wanted))
        return await self._idempotency.answer(request, work, load)

    async def _count_left(self, wanted: WantedReturn, session: Session) -> int:
        """Return how many packs the shop can give; raises StationNotFoundError, StationFullError."""
        station = await self._stations.get(wanted.station_id, session)
        if wanted.packs > station.status.stock.empty_slots:
            raise StationFullError("The station has fewer empty slots; choose another one, or fewer packs.")
        stored = await self._packs.list_at_shop(wanted.shop_id, session)
        leaving = await TransportJobs.list_unfinished_from(Stop(StopKind.SHOP, wanted.shop_id), session)
        left = sum(pack.model_id == wanted.pack_model_id for pack in stored) - sum(
            job.packs_to_fetch for job in leaving if job.pack_model_id == wanted.pack_model_id
        )
        return max(0, left)
