"""Offers as they are stored: with their transporters' counts and their facts, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from navswap.events.outbox import Outbox
from navswap.features.logistics.domain import offer_lifecycle
from navswap.features.logistics.domain.matching import Match
from navswap.features.logistics.domain.offer_lifecycle import OfferSteps
from navswap.features.logistics.domain.values import JobOffer, OfferState, TransportJob
from navswap.features.logistics.storage.offers import JobOffers, Transporters
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids


class OfferWriter:
    """Makes and ends offers."""

    def __init__(self, clock: Clock, ids: Ids, outbox: Outbox, offer_life: timedelta) -> None:
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._offer_life = offer_life

    async def make(self, job: TransportJob, matches: Sequence[Match], session: Session) -> None:
        """Offer a job to the transporters that it was matched with."""
        transporters = await Transporters.find_by_ids([match.transporter_id for match in matches], session)
        now = self._clock.now()
        await self._store(
            offer_lifecycle.make(job, matches, transporters, now, self._offer_life, self._ids), session
        )

    async def end(self, endings: Iterable[tuple[JobOffer, OfferState]], session: Session) -> list[JobOffer]:
        """End live offers that were read in this transaction, each in the state beside it; returns them ended."""
        ending = [(offer, state) for offer, state in endings if offer.is_live]
        if not ending:
            return []
        transporters = await Transporters.find_by_ids([offer.transporter_id for offer, _ in ending], session)
        steps = offer_lifecycle.end(ending, transporters, self._clock.now())
        await self._store(steps, session)
        return [step.after for step in steps.offers]

    async def _store(self, steps: OfferSteps, session: Session) -> None:
        await JobOffers.apply_all(steps.offers, session)
        await Transporters.apply_all(steps.transporters, session)
        await self._outbox.publish(session, self._clock.now(), *steps.facts)
