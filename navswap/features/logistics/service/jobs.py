"""Jobs: accepted, declined, failed, cancelled, lapsed. Each is one transaction."""

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.features.logistics.domain import job_lifecycle, offer_lifecycle
from navswap.features.logistics.domain.job_lifecycle import Taker
from navswap.features.logistics.domain.parameters import JobParameters
from navswap.features.logistics.domain.values import JobOffer, OfferState, TransportJob
from navswap.features.logistics.errors import AlreadyOnJobError
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.offers import OfferWriter
from navswap.features.logistics.service.vehicles import VehicleReader
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import JobOffers
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition

LAPSE_BATCH = 200


class JobService:
    """Gives jobs to transporters, and ends jobs that are not delivered."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        writer: JobWriter,
        offers: OfferWriter,
        vehicles: VehicleReader,
        parameters: JobParameters,
        audit_log: AuditLog,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._writer = writer
        self._offers = offers
        self._vehicles = vehicles
        self._parameters = parameters
        self._audit_log = audit_log

    async def accept(self, job_id: str, transporter_id: str) -> TransportJob:
        """Take an offered job. Of any number of takers one gets it; its retry returns the job.

        Raises TransportJobNotFoundError, TransportJobNotOfferedError, OfferExpiredError, TransportJobTakenError,
        AlreadyOnJobError, VehicleTooSmallError.
        """

        async def work(session: Session) -> TransportJob:
            job = await self._writer.get(job_id, session)
            offer = await JobOffers.find_newest(job_id, transporter_id, session)
            taker = Taker(transporter_id, offer, await self._vehicles.read(transporter_id, session))
            step = job_lifecycle.accept(job, taker, self._clock.now(), self._parameters)
            if step.is_change and offer is not None:
                live = await JobOffers.list_live_around(job_id, transporter_id, session)
                await self._offers.end(offer_lifecycle.endings_by_acceptance(offer, live), session)
            return await self._writer.apply(step, session)

        try:
            async with self._writer.turn_at(job_id):
                return await self._mongo.in_transaction(work)
        except DuplicateKeyError as error:  # another job was accepted between the read and the write
            raise AlreadyOnJobError("You have a job under way; finish it before you take another.") from error

    async def decline(self, job_id: str, transporter_id: str) -> JobOffer:
        """Turn an offer down; one that has ended without being accepted is returned as it is.

        Raises TransportJobNotOfferedError.
        """

        async def work(session: Session) -> JobOffer:
            newest = await JobOffers.find_newest(job_id, transporter_id, session)
            offer = offer_lifecycle.declinable(newest)
            ended = await self._offers.end([(offer, OfferState.DECLINED)], session)
            return ended[0] if ended else offer

        return await self._mongo.in_transaction(work)

    async def fail(self, job_id: str, transporter_id: str, reason: str) -> TransportJob:
        """End a job that its transporter cannot finish; what was delivered is paid, packs on board stay there.

        Failing again returns the ended job. Raises TransportJobNotFoundError, TransportJobEndedError.
        """

        async def work(session: Session) -> TransportJob:
            job = await self._writer.get(job_id, session)
            step = job_lifecycle.fail(job, transporter_id, reason, self._clock.now())
            return await self._writer.apply(step, session)

        return await self._mongo.in_transaction(work)

    async def cancel(self, job_id: str, reason: str, by: Principal) -> TransportJob:
        """End any job that is not over, in whatever state, and record who did.

        What was delivered is paid, once; offers end; packs on board stay with the transporter. Cancelling again returns
        the ended job. Raises TransportJobNotFoundError, TransportJobEndedError.
        """

        async def work(session: Session) -> TransportJob:
            job = await self._writer.get(job_id, session)
            step = job_lifecycle.cancel(job, reason, self._clock.now())
            if step.is_change:
                await self._record_cancel(step, by, session)
            return await self._writer.apply(step, session)

        return await self._mongo.in_transaction(work)

    async def lapse_due(self) -> int:
        """Reopen or end the jobs that are past `due_at`; returns how many. Safe to run in several processes."""
        due = await TransportJobs.list_lapsed(self._clock.now(), LAPSE_BATCH)
        return await work_through(due, self._lapse)

    async def _lapse(self, job_id: str) -> bool:
        async def work(session: Session) -> bool:
            job = await self._writer.get(job_id, session)
            step = job_lifecycle.lapse(job, self._clock.now(), self._parameters)
            await self._writer.apply(step, session)
            return step.is_change

        return await self._mongo.in_transaction(work)

    async def _record_cancel(self, step: Transition[TransportJob], by: Principal, session: Session) -> None:
        job, before = step.after, step.before
        await self._audit_log.record(
            session,
            self._clock.now(),
            by,
            "cancelTransportJob",
            ("TransportJob", job.id),
            before={"state": None if before is None else before.state},
            after={"state": job.state, "end_reason": job.end_reason, "on_board": list(job.on_board)},
        )
