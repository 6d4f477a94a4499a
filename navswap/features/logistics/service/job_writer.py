"""A step in the life of a job as it is stored: with pay, offers and facts, in the caller's transaction."""

from contextlib import AbstractAsyncContextManager

from navswap.events.outbox import Outbox
from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.logistics.domain import job_lifecycle, transporter_lifecycle
from navswap.features.logistics.domain.values import JobState, OfferState, TransportJob
from navswap.features.logistics.errors import TransportJobNotFoundError
from navswap.features.logistics.service.offers import OfferWriter
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import JobOffers, Transporters
from navswap.features.partners.service import StorageRequestService
from navswap.infra.mongo import Session
from navswap.infra.turns import Turns
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition


class JobWriter:
    """Reads jobs for a decision, and stores what was decided."""

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        credit: CreditService,
        offers: OfferWriter,
        requests: StorageRequestService,
        turns: Turns,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._credits = credit
        self._offers = offers
        self._requests = requests
        self._turns = turns

    def turn_at(self, job_id: str) -> AbstractAsyncContextManager[None]:
        """Wait in line for a job, before the transaction; raises TooManyWaitingError."""
        return self._turns.of(f"job {job_id}")

    async def get(self, job_id: str, session: Session) -> TransportJob:
        """Return a job as the transaction sees it; raises TransportJobNotFoundError."""
        job = await TransportJobs.find(job_id, session)
        if job is None:
            raise TransportJobNotFoundError("There is no such job, or it is not yours.")
        return job

    async def apply(self, step: Transition[TransportJob], session: Session) -> TransportJob:
        """Store a step and return the job; one that ends it pays what was delivered, once, and withdraws its offers.

        Packs that stay on board of a trip that has ended do not come for its storage request any more.
        """
        job = await TransportJobs.apply(step, session)
        if (freed := job_lifecycle.freed_transporter(step)) is not None:
            await self._free(freed, session)
            await self._pay(job, freed, session)
        if job.has_ended and step.before is not None and step.before.state is JobState.OPEN:
            live = await JobOffers.list_live_of_job(job.id, session)
            await self._offers.end([(offer, OfferState.WITHDRAWN) for offer in live], session)
        if step.is_change and job.has_ended and job.storage is not None and job.on_board:
            await self._requests.release(job.storage.request_id, job.on_board, session)
        await self._outbox.publish(session, self._clock.now(), *step.facts)
        return job

    async def _free(self, transporter_id: str, session: Session) -> None:
        transporter = await Transporters.find(transporter_id, session)
        if transporter is not None:
            await Transporters.apply(transporter_lifecycle.free(transporter, self._clock.now()), session)

    async def _pay(self, job: TransportJob, transporter_id: str, session: Session) -> None:
        if job.paid_credits:
            await self._credits.pay(
                session,
                f"job:{job.id}",
                str(SystemAccount.REWARDS),
                user_account(transporter_id),
                job.paid_credits,
                f"{len(job.delivered)} of {job.packs} packs delivered",
            )
