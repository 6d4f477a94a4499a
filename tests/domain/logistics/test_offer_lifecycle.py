"""The life of an offer and of a transporter's readiness."""

from datetime import timedelta

import pytest

from navswap.features.logistics.domain import offer_lifecycle as lifecycle
from navswap.features.logistics.domain import transporter_lifecycle
from navswap.features.logistics.domain.matching import Match, OpenJob
from navswap.features.logistics.domain.values import JobOffer, OfferInputs, OfferState, Transporter
from navswap.features.logistics.errors import TransportJobNotOfferedError, VehicleUnknownError
from navswap.kit.geo import Point
from navswap.kit.ids import SequentialIds
from tests.domain.logistics.values import DRIVER, LATER, NOW, RIVAL, a_job, a_transporter, an_offer

BOTH = {DRIVER: a_transporter(), RIVAL: a_transporter(RIVAL, offer_sequence=0, revision=1)}


def test_a_job_is_offered_to_each_match_in_the_next_position_of_its_stream() -> None:
    matches = [Match("job", DRIVER, 6.0, -2.0, False), Match("job", RIVAL, 9.0, 1.0, False)]
    made = lifecycle.make(a_job(), matches, BOTH, NOW, timedelta(minutes=1), SequentialIds("offer"))
    [first, second] = [step.after for step in made.offers]
    assert first == an_offer(id="offer-000001", is_exclusive=False, sequence=8)
    assert (second.transporter_id, second.inputs, second.sequence) == (RIVAL, OfferInputs(9.0, 1.0), 1)
    assert [(fact.type, fact.streams()) for fact in made.facts] == [
        ("logistics.offer.made", {"offers:driver": 8}),
        ("logistics.offer.made", {"offers:rival": 1}),
    ]
    assert {step.after.id: step.after.offer_sequence for step in made.transporters} == {DRIVER: 8, RIVAL: 1}


@pytest.mark.parametrize(
    ("state", "fact"),
    [
        (OfferState.ACCEPTED, "logistics.offer.accepted"),
        (OfferState.DECLINED, "logistics.offer.declined"),
        (OfferState.EXPIRED, "logistics.offer.expired"),
        (OfferState.WITHDRAWN, "logistics.offer.withdrawn"),
    ],
)
def test_a_live_offer_ends_in_each_way(state: OfferState, fact: str) -> None:
    steps = lifecycle.end([(an_offer(), state)], BOTH, LATER)
    [ended] = [step.after for step in steps.offers]
    assert (ended.state, ended.ended_at, ended.sequence, ended.is_live) == (state, LATER, 8, False)
    assert [published.type for published in steps.facts] == [fact]


def test_several_offers_of_one_transporter_end_in_consecutive_positions() -> None:
    endings = [(an_offer(id=name), OfferState.WITHDRAWN) for name in ("first", "second", "third")]
    steps = lifecycle.end(endings, BOTH, LATER)
    assert [step.after.sequence for step in steps.offers] == [8, 9, 10]
    [counted] = steps.transporters
    assert (counted.after.offer_sequence, counted.after.revision) == (10, 4)


def test_an_offer_that_has_ended_ends_no_second_time() -> None:
    ended = an_offer(state=OfferState.EXPIRED, ended_at=NOW)
    steps = lifecycle.end([(ended, OfferState.WITHDRAWN)], BOTH, LATER)
    assert (steps.offers, steps.transporters, steps.facts) == ((), (), ())


def test_of_the_live_offers_one_is_accepted_and_the_others_are_withdrawn() -> None:
    accepted, other = an_offer(), an_offer(id="other", transporter_id=RIVAL)
    assert lifecycle.endings_by_acceptance(accepted, [other, accepted]) == [
        (other, OfferState.WITHDRAWN),
        (accepted, OfferState.ACCEPTED),
    ]


@pytest.mark.parametrize("state", [OfferState.OFFERED, OfferState.DECLINED, OfferState.EXPIRED])
def test_an_offer_may_be_declined_until_it_is_accepted(state: OfferState) -> None:
    offer = an_offer(state=state)
    assert lifecycle.declinable(offer) is offer


@pytest.mark.parametrize("offer", [None, an_offer(state=OfferState.ACCEPTED)])
def test_what_is_not_offered_or_was_accepted_cannot_be_declined(offer: JobOffer | None) -> None:
    with pytest.raises(TransportJobNotOfferedError):
        lifecycle.declinable(offer)


def test_matching_knows_how_earlier_offers_of_a_job_ended() -> None:
    states = {"a": OfferState.DECLINED, "b": OfferState.ACCEPTED, "c": OfferState.EXPIRED}
    states["d"] = OfferState.WITHDRAWN
    offers = [an_offer(transporter_id=name, state=state) for name, state in states.items()]
    job = OpenJob.of(a_job(rounds=2, promised_packs=1), Point(0, 0), offers)
    assert (job.declined, job.missed) == (frozenset("ab"), frozenset("c"))
    assert (job.job_id, job.packs, job.promised, job.rounds) == ("job", 3, 1, 2)


@pytest.mark.parametrize(
    ("known", "is_online", "capacity", "after"),
    [
        (None, True, 4, Transporter(DRIVER, True, 4, LATER)),
        (None, False, None, Transporter(DRIVER, False, 0, LATER)),
        (a_transporter(), False, None, a_transporter(is_online=False, revision=4)),
        (a_transporter(), True, 5, a_transporter(capacity_packs=5, revision=4)),
        (
            a_transporter(is_online=False),
            True,
            None,
            a_transporter(free_since=LATER, revision=4),
        ),
        (a_transporter(), True, None, a_transporter()),
    ],
)
def test_a_transporter_goes_online_and_offline(
    known: Transporter | None, is_online: bool, capacity: int | None, after: Transporter
) -> None:
    step = transporter_lifecycle.set_online(
        DRIVER, known, LATER, is_online=is_online, capacity_packs=capacity
    )
    assert step.after == after


@pytest.mark.parametrize("known", [None, a_transporter(is_online=False, capacity_packs=0)])
def test_going_online_needs_a_vehicle(known: Transporter | None) -> None:
    with pytest.raises(VehicleUnknownError):
        transporter_lifecycle.set_online(DRIVER, known, LATER, is_online=True)


def test_a_freed_transporter_waits_from_now_on() -> None:
    assert transporter_lifecycle.free(a_transporter(), LATER).after.free_since == LATER
