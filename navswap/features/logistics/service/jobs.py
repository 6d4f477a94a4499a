"""Jobs: taken, turned down, given up, lapsed. Each is one transaction."""

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.journal import note
from navswap.features.logistics.documents import (
    ENDED,
    UNDER_WAY,
    JobOffer,
    JobState,
    OfferState,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.errors import (
    AlreadyOnJobError,
    JobEndedError,
    JobNotFoundError,
    JobTakenError,
    NotOfferedError,
    OfferExpiredError,
    VehicleTooSmallError,
)
from navswap.features.logistics.rules import end_of_lapsed, end_of_stopped, open_until, work_until
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.infra.batches import work_through
from navswap.infra.mongo import Session

LAPSE_BATCH = 200


class JobService:
    """Gives jobs to transporters, and ends jobs that are not delivered."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._keeper = dependencies.keeper
        self._packs = dependencies.packs

    async def accept(self, job_id: str, transporter_id: str) -> TransportJob:
        """Take an offered job. Of any number of takers one gets it; its retry returns the job.

        Raises JobNotFoundError, NotOfferedError, OfferExpiredError, JobTakenError, AlreadyOnJobError,
        VehicleTooSmallError.
        """
        try:
            return await self._mongo.in_transaction(
                lambda session: self._accept(job_id, transporter_id, session)
            )
        except DuplicateKeyError as error:
            raise AlreadyOnJobError("You have a job under way; finish it before you take another.") from error

    async def decline(self, job_id: str, transporter_id: str) -> JobOffer:
        """Turn an offer down; one that has ended without being taken is returned as it is.

        Raises NotOfferedError.
        """

        async def work(session: Session) -> JobOffer:
            offer = await JobOffer.find_newest(job_id, transporter_id, session)
            if offer is None or offer.state is OfferState.ACCEPTED:
                raise NotOfferedError("There is no offer of this job that you could decline.")
            if offer.live:
                [offer] = await self._keeper.end_offers([offer], OfferState.DECLINED, session)
            return offer

        return await self._mongo.in_transaction(work)

    async def fail(self, job_id: str, reason: str, *, transporter_id: str) -> TransportJob:
        """End a job of a transporter that will not be finished; what was delivered before is paid, packs on board stay.

        Failing again returns the ended job. Raises JobNotFoundError, JobEndedError.
        """
        return await self._stop(job_id, reason, transporter_id)

    async def end(
        self, job_id: str, reason: str, by: Principal, action: str = "endTransportJob"
    ) -> TransportJob:
        """End the job of anybody, in any state that is no end, and write down who did, by which mutation.

        Otherwise like `fail`: what was delivered is paid, once; offers end; packs on board stay there.

        Raises JobNotFoundError, JobEndedError.
        """
        return await self._stop(job_id, reason, None, (by, action))

    async def _stop(
        self, job_id: str, reason: str, transporter_id: str | None, noted: tuple[Principal, str] | None = None
    ) -> TransportJob:

        async def work(session: Session) -> TransportJob:
            job = await TransportJob.read(job_id, session)
            if job is None or transporter_id not in {None, job.transporter_id}:
                raise JobNotFoundError("There is no such job, or it is not yours.")
            if job.state is JobState.DELIVERED:
                raise JobEndedError("This job was delivered already.")
            if job.ended:
                return job
            ended = await self._keeper.finish(job, end_of_stopped(len(job.delivered)), session, reason=reason)
            if noted is not None:
                await note(
                    session,
                    self._clock.now(),
                    *noted,
                    ("TransportJob", job_id),
                    before={"state": job.state},
                    after={"state": ended.state, "end_reason": reason, "on_board": ended.on_board},
                )
            return ended

        return await self._mongo.in_transaction(work)

    async def lapse_due(self) -> int:
        """Reopen or end the jobs past their deadline; returns how many. Safe to run in several processes."""
        due = await TransportJob.list_lapsed(self._clock.now(), LAPSE_BATCH)
        return await work_through(due, self._lapse)

    async def _accept(self, job_id: str, transporter_id: str, session: Session) -> TransportJob:
        now = self._clock.now()
        job = await TransportJob.read(job_id, session)
        if job is None:
            raise JobNotFoundError("There is no such job.")
        if job.state in UNDER_WAY and job.transporter_id == transporter_id:
            return job
        offer = await JobOffer.find_newest(job_id, transporter_id, session)
        if offer is None:
            raise NotOfferedError("This job was not offered to you; take one that was.")
        if job.state is not JobState.OPEN:
            raise JobTakenError(
                "Another transporter was quicker, or the job is over; wait for the next offer."
            )
        if not offer.live or offer.expires_at <= now:
            raise OfferExpiredError("This offer has ended; wait for the next one.")
        await self._require_room(job, transporter_id, session)
        taken = await job.advance(
            {
                "state": JobState.ACCEPTED,
                "active": True,
                "transporter_id": transporter_id,
                "accepted_at": now,
                "attempts": job.attempts + 1,
                "deadline": work_until(now, offer.pickup_minutes, job.trip_minutes),
            },
            session,
        )
        live = {"live": True, "$or": [{"job_id": job_id}, {"transporter_id": transporter_id}]}
        others = [one for one in await JobOffer.list_where(live, session) if one.id != offer.id]
        await self._keeper.end_offers([offer], OfferState.ACCEPTED, session)
        await self._keeper.end_offers(others, OfferState.WITHDRAWN, session)
        return await self._keeper.tell(taken, session)

    async def _require_room(self, job: TransportJob, transporter_id: str, session: Session) -> None:
        transporter = await Transporter.read(transporter_id, session)
        capacity = 0 if transporter is None else transporter.capacity_packs
        loaded = await self._packs.list_with_transporters([transporter_id], session)
        if capacity - len(loaded[transporter_id]) < job.packs:
            raise VehicleTooSmallError(
                f"{job.packs} packs do not fit into your vehicle; return what is in it, or decline the job."
            )

    async def _lapse(self, job_id: str) -> bool:
        async def work(session: Session) -> bool:
            now = self._clock.now()
            job = await TransportJob.read(job_id, session)
            if job is None or job.state in ENDED or job.deadline > now:
                return False
            becomes = end_of_lapsed(job.state, job.attempts, len(job.delivered))
            if becomes is JobState.OPEN:
                await self._reopen(job, session)
            else:
                await self._keeper.finish(job, becomes, session, reason=_why_lapsed(job))
            return True

        return await self._mongo.in_transaction(work)

    async def _reopen(self, job: TransportJob, session: Session) -> None:
        now = self._clock.now()
        if job.transporter_id is not None:
            await Transporter.free(job.transporter_id, now, session)
        reopened = await job.advance(
            {
                "state": JobState.OPEN,
                "active": False,
                "transporter_id": None,
                "accepted_at": None,
                "opened_at": now,
                "deadline": open_until(now),
            },
            session,
        )
        await self._keeper.tell(reopened, session)


def _why_lapsed(job: TransportJob) -> str:
    match job.state:
        case JobState.OPEN:
            return "nobody took it in time"
        case JobState.ACCEPTED:
            return "nobody fetched it in time"
        case _:
            return "not delivered in time"
