"""Working time of the twin's people: shifts, breaks, and that no work begins outside of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.simulation.draws import Draws
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.engine.technicians import LONGEST_CALL_MINUTES, Technicians
from navswap.simulation.policies import POLICIES
from navswap.simulation.world.people import SHIFT_HOURS
from navswap.simulation.world.working_time import BREAK_MINUTES, TRANSPORTER_SHIFTS, WorkingTime
from tests.support.city import city_of, demonstration_city

CITY = demonstration_city()
RULES = POLICIES["rules"]
DAY_MINUTES = 1440.0
SHIFTS = [*SHIFT_HOURS.values(), *TRANSPORTER_SHIFTS]


@given(
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.sampled_from(SHIFTS),
    st.integers(0, 400),
    st.floats(0, 1, exclude_max=True),
)
def test_a_shift_has_one_break_and_ends_in_time(
    seed: int, person: int, shift: tuple[int, int], day: int, share: float
) -> None:
    hours = WorkingTime(Draws(seed), person, shift)
    before, after = hours.of_day(day)
    begins, ends = (day * DAY_MINUTES + hour * 60 for hour in shift)
    assert (before.begins, after.ends) == (begins, ends)
    assert BREAK_MINUTES[0] <= after.begins - before.ends <= BREAK_MINUTES[1]
    assert before.ends - before.begins >= 180
    assert after.ends > after.begins
    now = (day + share) * DAY_MINUTES
    stretches = [stretch for number in (day - 1, day) for stretch in hours.of_day(number)]
    working = [stretch for stretch in stretches if stretch.begins <= now < stretch.ends]
    assert hours.find(now) == (working[0] if working else None)
    assert hours.find(hours.next_begin(now)) is not None
    assert now < hours.next_begin(now) <= now + DAY_MINUTES + BREAK_MINUTES[1] + 90


def test_the_same_person_has_the_same_hours_whatever_others_draw() -> None:
    draws = Draws(7)
    first = WorkingTime.of_transporter(draws, 3)
    asked = [WorkingTime.of_transporter(draws, number).of_day(4) for number in range(40)]
    assert asked[3] == first.of_day(4) == WorkingTime.of_transporter(Draws(7), 3).of_day(4)
    assert {round(before.begins % DAY_MINUTES / 60) for before, _ in asked} == {6, 11, 15, 21}


@pytest.mark.parametrize(("work_minutes", "calls"), [(25.0, 36), (2 * LONGEST_CALL_MINUTES, 12)])
def test_technicians_work_within_their_hours_and_every_call_is_answered(
    work_minutes: float, calls: int
) -> None:
    run = Simulation(city_of(12), RULES, RunOptions(parts_fail=False)).run
    technicians = Technicians(run)
    hours = {person.id: person.hours for person in technicians.people}
    done: list[tuple[float, str]] = []
    agenda = run.agenda

    def call(now: float, number: int) -> None:
        technicians.send(
            now, run.stations[number % 12], work_minutes, lambda ended, who: done.append((ended, who))
        )

    for number in range(calls):
        agenda.at(number * 40.0, call, number)
    while agenda.next_minute < 5 * DAY_MINUTES and len(done) < calls:
        agenda.step()
    assert len(done) == calls
    for ended, who in done:
        of_person = hours[who]
        assert of_person is not None
        began = of_person.find(ended - work_minutes)
        assert began is not None, "work begins on shift"
        assert work_minutes > LONGEST_CALL_MINUTES or ended <= began.ends
