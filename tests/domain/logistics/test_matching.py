from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from navswap.features.logistics.domain.matching import Carrier, Match, OpenJob, fairness_minutes
from navswap.features.logistics.domain.matching import match as match_by
from navswap.features.logistics.domain.parameters import MatchingParameters
from navswap.features.logistics.domain.slots import WantedSlot, assign_slots, propose_slots
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.geo import Point
from navswap.kit.roads import SlowDown, free_roads
from tests.support.geo import destination

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HERE = Point(75.0, 26.9)
PARAMETERS = MatchingParameters()


def match(
    jobs: list[OpenJob], carriers: list[Carrier], now: datetime, slow_down: SlowDown = free_roads
) -> list[Match]:
    return match_by(jobs, carriers, now, PARAMETERS, slow_down)


def carrier(
    name: str = "t", *, metres: float = 0, places: int = 12, waited: float = 0, earned: int = 0
) -> Carrier:
    return Carrier(name, destination(HERE, 90, metres), places, NOW - timedelta(minutes=waited), earned)


def job(
    name: str = "j",
    *,
    metres: float = 0,
    packs: int = 6,
    promised: int = 0,
    rounds: int = 0,
    declined: frozenset[str] = frozenset(),
    missed: frozenset[str] = frozenset(),
) -> OpenJob:
    return OpenJob(name, destination(HERE, 90, metres), packs, promised, rounds, declined, missed)


def pairs(jobs: list[OpenJob], carriers: list[Carrier]) -> set[tuple[str, str]]:
    return {(one.job_id, one.transporter_id) for one in match(jobs, carriers, NOW)}


def test_the_nearest_is_offered_the_job() -> None:
    assert pairs([job()], [carrier("far", metres=3_000), carrier("near", metres=500)]) == {("j", "near")}


def test_the_batch_is_weighed_as_a_whole_and_not_first_come_first_served() -> None:
    jobs = [job("first"), job("second", metres=5_000)]
    carriers = [carrier("between", metres=1_000), carrier("beyond the first", metres=-9_000)]
    assert pairs(jobs, carriers) == {("first", "beyond the first"), ("second", "between")}


def test_who_waited_long_is_preferred_to_who_is_a_little_nearer() -> None:
    carriers = [carrier("near", metres=200), carrier("patient", metres=1_500, waited=60)]
    assert pairs([job()], carriers) == {("j", "patient")}


def test_who_earned_little_is_preferred_to_who_is_a_little_nearer() -> None:
    carriers = [carrier("rich", metres=200, earned=9_000), carrier("poor", metres=1_500, earned=1_000)]
    assert pairs([job()], carriers) == {("j", "poor")}


@pytest.mark.parametrize(
    "unfit",
    [
        carrier("unfit", places=5),
        carrier("unfit", metres=20_000),
        carrier("decliner"),
    ],
)
def test_a_transporter_is_not_offered_what_it_cannot_or_will_not_take(unfit: Carrier) -> None:
    assert pairs([job(declined=frozenset({"decliner"}))], [unfit]) == set()


def test_who_let_an_offer_expire_comes_after_others_but_is_asked_again() -> None:
    asleep, other = carrier("asleep"), carrier("other", metres=2_000)
    missed = job(missed=frozenset({"asleep"}))
    assert pairs([missed], [asleep, other]) == {("j", "other")}
    assert pairs([missed], [asleep]) == {("j", "asleep")}


def test_with_one_transporter_the_job_with_promised_packs_is_offered() -> None:
    jobs = [job("foreseen"), job("promised", metres=3_000, promised=2)]
    assert pairs(jobs, [carrier()]) == {("promised", "t")}


def test_with_one_transporter_and_nothing_between_them_the_first_job_is_offered() -> None:
    jobs = [job(name) for name in ("first", "second", "third")]
    assert pairs(jobs, [carrier()]) == {("first", "t")}


def test_a_job_that_no_transporter_took_is_offered_to_all_who_can_take_it() -> None:
    carriers = [carrier("a"), carrier("b", metres=900), carrier("small", places=2)]
    made = match([job(rounds=PARAMETERS.exclusive_rounds)], carriers, NOW)
    assert [(one.transporter_id, one.is_exclusive) for one in made] == [("a", False), ("b", False)]


@given(st.floats(0, 600), st.floats(0, 600), st.integers(0, 99_999), st.integers(0, 99_999))
def test_fairness_grows_with_the_wait_and_shrinks_with_the_earnings(
    wait: float, longer: float, earned: int, more: int
) -> None:
    mean = 20_000.0
    one = carrier(waited=wait, earned=earned)
    assert -20 <= fairness_minutes(one, mean, NOW, PARAMETERS) <= 10
    patient = replace(one, free_since=one.free_since - timedelta(minutes=longer))
    assert fairness_minutes(patient, mean, NOW, PARAMETERS) <= fairness_minutes(one, mean, NOW, PARAMETERS)
    rich = replace(one, earned_credits=earned + more)
    assert fairness_minutes(rich, mean, NOW, PARAMETERS) >= fairness_minutes(one, mean, NOW, PARAMETERS)


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[OpenJob], list[Carrier]]:
    metres = st.floats(-15_000, 15_000)
    carriers = [
        carrier(
            f"t{place}",
            metres=draw(metres),
            places=draw(st.integers(0, 12)),
            waited=draw(st.floats(0, 90)),
            earned=draw(st.integers(0, 9_000)),
        )
        for place in range(draw(st.integers(1, 5)))
    ]
    jobs = [
        job(f"j{place}", metres=draw(metres), packs=draw(st.integers(1, 12)))
        for place in range(draw(st.integers(1, 5)))
    ]
    return jobs, carriers


@given(fleets())
@settings(max_examples=100, deadline=None)
def test_an_assignment_gives_each_one_offer_at_most_and_no_other_one_is_cheaper(
    fleet: tuple[list[OpenJob], list[Carrier]],
) -> None:
    jobs, carriers = fleet
    made = match(jobs, carriers, NOW)
    assert len({one.job_id for one in made}) == len({one.transporter_id for one in made}) == len(made)
    places = {one.transporter_id: one.room_packs for one in carriers}
    packs = {one.job_id: one.packs for one in jobs}
    assert all(packs[one.job_id] <= places[one.transporter_id] for one in made)
    assert all(one.pickup_minutes <= PARAMETERS.max_pickup_minutes for one in made)
    options = {
        (one.job_id, other.transporter_id): single.cost_minutes
        for one in jobs
        for other in carriers
        for single in match([one], [other], NOW)
    }
    mean = sum(one.earned_credits for one in carriers) / len(carriers)
    costs = {(job_id, name): _cost(jobs, carriers, job_id, name, mean) for job_id, name in options}
    total = sum(one.cost_minutes for one in made) + PARAMETERS.left_open_minutes * (len(jobs) - len(made))
    assert total == pytest.approx(_best(jobs, carriers, costs), abs=0.1 * len(jobs))


def _cost(jobs: list[OpenJob], carriers: list[Carrier], job_id: str, name: str, mean: float) -> float:
    [one] = [one for one in jobs if one.job_id == job_id]
    [other] = [other for other in carriers if other.transporter_id == name]
    [alone] = match([one], [other], NOW)
    return alone.pickup_minutes + fairness_minutes(other, mean, NOW, PARAMETERS)


def _best(jobs: list[OpenJob], carriers: list[Carrier], costs: dict[tuple[str, str], float]) -> float:
    """Try every assignment and return the least cost, with that of the jobs left open."""
    names: list[str | None] = [one.transporter_id for one in carriers] + [None] * len(jobs)
    found = []
    for order in set(permutations(names, len(jobs))):
        chosen = [
            costs[one.job_id, name]
            for one, name in zip(jobs, order, strict=True)
            if name is not None and (one.job_id, name) in costs
        ]
        found.append(sum(chosen) + PARAMETERS.left_open_minutes * (len(jobs) - len(chosen)))
    return min(found)


@pytest.mark.parametrize(
    ("wanted", "free", "chosen"),
    [
        ([None, None], [3, 1, 2], [1, 2]),
        ([None, 1], [1, 2], [2, 1]),
        ([5], [1], [None]),
        ([1, 1], [1, 2], [1, None]),
        ([None, None], [4], [4, None]),
        ([2, None], [], [None, None]),
    ],
)
def test_packs_go_into_the_slots_that_were_named_or_the_lowest_free_ones(
    wanted: list[int | None], free: list[int], chosen: list[int | None]
) -> None:
    places = [WantedSlot(evse_id, STANDARD_PACK.id) for evse_id in wanted]
    assert assign_slots(places, dict.fromkeys(free, STANDARD_PACK.id)) == chosen


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["L", "S", "L"], [2, 1, 4]),
        (["L", "L", "L"], [2, 4, None]),
        (["S", "S", "S"], [1, 3, None]),
    ],
)
def test_packs_go_into_slots_of_their_model(wanted: list[str], chosen: list[int | None]) -> None:
    free = {4: "L", 3: "S", 2: "L", 1: "S"}
    assert assign_slots([WantedSlot(None, model) for model in wanted], free) == chosen


def test_a_named_slot_is_given_whatever_its_model_for_the_pack_is_refused_there() -> None:
    assert assign_slots([WantedSlot(1, "L"), WantedSlot(None, "S")], {1: "S", 2: "S"}) == [1, 2]


def test_who_is_behind_a_jam_is_offered_a_job_after_others() -> None:
    def jam_in_the_east(origin: Point, target: Point) -> float:
        return 5.0 if max(origin.longitude, target.longitude) > HERE.longitude else 1.0

    carriers = [carrier("near", metres=1_000), carrier("far", metres=-2_000)]
    [free] = match([job()], carriers, NOW)
    [slow] = match([job()], carriers, NOW, jam_in_the_east)
    assert (free.transporter_id, slow.transporter_id) == ("near", "far")
    behind_the_jam = [carrier("east", metres=5_000)]
    assert match([job()], behind_the_jam, NOW)
    assert match([job()], behind_the_jam, NOW, jam_in_the_east) == []


def test_each_free_slot_is_proposed_to_one_job_that_brings_its_model() -> None:
    free = {4: "S", 1: "S", 2: "L", 3: "S"}
    wanted = [("first", "S", 2), ("second", "L", 2), ("third", "S", 2)]
    assert propose_slots(wanted, free) == {"first": (1, 3), "second": (2,), "third": (4,)}


def test_without_free_slots_none_are_proposed() -> None:
    assert propose_slots([("first", "S", 2)], {}) == {"first": ()}
    assert propose_slots([], {1: "S"}) == {}
