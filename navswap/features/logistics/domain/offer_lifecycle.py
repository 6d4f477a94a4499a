"""The life of an offer: OFFERED, then answered, expired or withdrawn; each change counts in its transporter's stream."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.features.logistics.domain.matching import Match
from navswap.features.logistics.domain.values import (
    JobOffer,
    OfferInputs,
    OfferState,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.errors import TransportJobNotOfferedError
from navswap.features.logistics.events import (
    OfferAccepted,
    OfferChanged,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
)
from navswap.kit.facts import Fact
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition

FACT_OF_END: dict[OfferState, type[OfferChanged]] = {
    OfferState.ACCEPTED: OfferAccepted,
    OfferState.DECLINED: OfferDeclined,
    OfferState.EXPIRED: OfferExpired,
    OfferState.WITHDRAWN: OfferWithdrawn,
}


@dataclass(frozen=True, slots=True)
class OfferSteps:
    """Offers that change together, and their transporters, whose changes of offers they count."""

    offers: tuple[Transition[JobOffer], ...] = ()
    transporters: tuple[Transition[Transporter], ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return what the steps make true."""
        return tuple(fact for step in self.offers for fact in step.facts)


def make(
    job: TransportJob,
    matches: Sequence[Match],
    transporters: Mapping[str, Transporter],
    now: datetime,
    life: timedelta,
    ids: Ids,
) -> OfferSteps:
    """Offer a job to the transporters that it was matched with, for so long."""
    sequences = _Sequences(transporters)
    offers = [
        JobOffer(
            id=ids.new(),
            job_id=job.id,
            transporter_id=match.transporter_id,
            origin_id=job.origin_id,
            target_id=job.target_id,
            packs=job.packs,
            trip_minutes=job.trip_minutes,
            reward_credits=job.reward_credits,
            is_exclusive=match.is_exclusive,
            inputs=OfferInputs(match.pickup_minutes, match.fairness_minutes),
            made_at=now,
            expires_at=now + life,
            sequence=sequences.next(match.transporter_id),
            pack_model_id=job.pack_model_id,
            origin_kind=job.origin_kind,
            target_kind=job.target_kind,
        )
        for match in matches
    ]
    return OfferSteps(
        tuple(Transition(None, offer, (OfferMade(offer),)) for offer in offers), sequences.steps()
    )


def end(
    offers: Iterable[tuple[JobOffer, OfferState]], transporters: Mapping[str, Transporter], now: datetime
) -> OfferSteps:
    """End offers, each in the state that stands beside it; those that have ended stay as they are."""
    sequences = _Sequences(transporters)
    steps = []
    for offer, state in offers:
        if offer.is_live:
            ended = replace(
                offer,
                state=state,
                ended_at=now,
                sequence=sequences.next(offer.transporter_id),
                revision=offer.revision + 1,
            )
            steps.append(Transition(offer, ended, (FACT_OF_END[state](ended),)))
    return OfferSteps(tuple(steps), sequences.steps())


def declinable(offer: JobOffer | None) -> JobOffer:
    """Return an offer that may be declined, or was before; raises TransportJobNotOfferedError."""
    if offer is None or offer.state is OfferState.ACCEPTED:
        raise TransportJobNotOfferedError("There is no offer of this job that you could decline.")
    return offer


def endings_by_acceptance(accepted: JobOffer, live: Iterable[JobOffer]) -> list[tuple[JobOffer, OfferState]]:
    """Return how the live offers of a job and of its taker end with one of them accepted."""
    return [
        (offer, OfferState.ACCEPTED if offer.id == accepted.id else OfferState.WITHDRAWN) for offer in live
    ]


class _Sequences:
    """Hands out the next position in each transporter's stream of offers."""

    def __init__(self, transporters: Mapping[str, Transporter]) -> None:
        self._transporters = transporters
        self._used: Counter[str] = Counter()

    def next(self, transporter_id: str) -> int:
        self._used[transporter_id] += 1
        return self._transporters[transporter_id].offer_sequence + self._used[transporter_id]

    def steps(self) -> tuple[Transition[Transporter], ...]:
        return tuple(
            Transition(
                before,
                replace(before, offer_sequence=before.offer_sequence + used, revision=before.revision + 1),
            )
            for before, used in ((self._transporters[name], used) for name, used in self._used.items())
        )
