"""The one way in which a job ends and offers end: with payment, event and stream, in the caller's transaction."""

from collections.abc import Iterable
from typing import Any

from navswap.events.outbox import publish
from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.logistics.documents import JobOffer, JobState, OfferState, Transporter, TransportJob
from navswap.features.logistics.events import EVENT_OF_JOB, EVENT_OF_OFFER
from navswap.features.logistics.rules import earned_credits
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock


class JobKeeper:
    """Ends jobs and offers, and tells their changes."""

    def __init__(self, clock: Clock, credit: CreditService) -> None:
        self._clock = clock
        self._credit = credit

    async def tell(self, job: TransportJob, session: Session) -> TransportJob:
        """Publish a job as it was just written, and return it."""
        await publish(session, self._clock.now(), EVENT_OF_JOB[job.state].of(job))
        return job

    async def finish(
        self,
        job: TransportJob,
        state: JobState,
        session: Session,
        *,
        delivered: list[str] | None = None,
        reason: str | None = None,
    ) -> TransportJob:
        """End a job that was read in this transaction; what was delivered is paid, once."""
        now = self._clock.now()
        arrived = job.delivered if delivered is None else delivered
        earned = earned_credits(job.reward_credits, job.packs, len(arrived))
        values: dict[str, Any] = {"state": state, "active": False, "ended": True, "ended_at": now}
        ended = await job.advance(
            {**values, "delivered": arrived, "end_reason": reason, "paid_credits": earned}, session
        )
        if ended.transporter_id is not None:
            await Transporter.free(ended.transporter_id, now, session)
            if earned:
                await self._credit.pay(
                    session,
                    f"job:{ended.id}",
                    str(SystemAccount.REWARDS),
                    user_account(ended.transporter_id),
                    earned,
                    f"{len(arrived)} of {ended.packs} packs delivered",
                )
        await self.end_offers(
            await JobOffer.list_where({"job_id": ended.id, "live": True}, session),
            OfferState.WITHDRAWN,
            session,
        )
        return await self.tell(ended, session)

    async def end_offers(
        self, offers: Iterable[JobOffer], state: OfferState, session: Session
    ) -> list[JobOffer]:
        """End live offers that were read in this transaction, each told to its transporter; returns them ended."""
        now = self._clock.now()
        told = []
        for offer in offers:
            sequence = await Transporter.count_offer(offer.transporter_id, session)
            ended = await JobOffer.end(offer.id, state, now, sequence, session)
            if ended is None:
                raise RuntimeError(f"offer {offer.id} was not read in this transaction")
            await publish(session, now, EVENT_OF_OFFER[state].of(ended))
            told.append(ended)
        return told
