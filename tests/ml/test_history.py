"""Tables count what had become known, whatever the order in which facts came."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from navswap.ml.history import (
    NOWHERE,
    By,
    Floats,
    History,
    Integers,
    LooksAheadError,
    Payload,
    Row,
    Rows,
    TableSpec,
    View,
)
from navswap.ml.history.keys import Asked

MINUTE_MS = 60_000


def _rows(payload: Payload) -> list[Row]:
    return [Row((payload["station"],), (payload["packs"],))]


SPEC = TableSpec("swaps", ("station",), ("packs",), {"test.swap.made": _rows})


@dataclass(frozen=True)
class _Fact:
    type: str
    occurred_ms: int
    known_ms: int


def _history(facts: list[tuple[int, int, int, float]]) -> History:
    history = History([SPEC], "Asia/Kolkata")
    for station, happened, delay, packs in facts:
        fact = _Fact("test.swap.made", happened, happened + delay)
        history.take(fact, {"station": f"S{station}", "packs": packs})
    return history


FACTS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 100 * MINUTE_MS),
        st.integers(0, 30 * MINUTE_MS),
        st.floats(0, 4),
    ),
    max_size=60,
)


@given(FACTS, st.integers(0, 3), st.integers(0, 130 * MINUTE_MS), st.integers(0, 60 * MINUTE_MS))
def test_windows_hold_exactly_what_a_plain_count_finds(
    facts: list[tuple[int, int, int, float]], station: int, until: int, width: int
) -> None:
    history = _history(facts)
    entity = history.entities("station").find([f"S{station}"])
    mine = [
        (happened + delay, happened, packs) for number, happened, delay, packs in facts if number == station
    ]
    for time, place in ((By.KNOWN, 0), (By.HAPPENED, 1)):
        inside = [fact for fact in mine if until - width < fact[place] <= until]
        index = history.tables["swaps"].by("station", time)
        window = (entity, np.array([until - width]), np.array([until]))
        assert index.count(*window)[0] == len(inside)
        assert index.total("packs", *window)[0] == pytest.approx(sum(fact[2] for fact in inside), abs=1e-9)


@given(FACTS, FACTS, st.integers(0, 100 * MINUTE_MS))
def test_a_fact_that_became_known_later_changes_no_feature(
    facts: list[tuple[int, int, int, float]], later: list[tuple[int, int, int, float]], as_of: int
) -> None:
    late = [
        (station, happened, max(delay, as_of + 1 - happened), packs)
        for station, happened, delay, packs in later
    ]
    seen = []
    for known in (facts, [*facts, *late]):
        history = _history(known)
        stations = history.entities("station").find(["S0", "S1", "S2", "S3"])
        rows = Rows(np.full(4, as_of), np.zeros(4, dtype=np.int64), {"station": stations})
        view = View(history, rows)
        hour = timedelta(hours=1)
        seen.append(
            [
                view.count("swaps", "station", hour),
                view.total("swaps", "packs", "station", hour),
                view.count("swaps", "network", hour),
                view.last("swaps", "packs", "station"),
                view.age_minutes("swaps", "station"),
                view.known("swaps", "station"),
                view.oldest_minutes("swaps", "station"),
            ]
        )
    np.testing.assert_allclose(seen[0], seen[1], equal_nan=True, atol=1e-9)


@given(FACTS, st.integers(0, 130 * MINUTE_MS), st.integers(0, 200), st.integers(0, 200), st.booleans())
def test_many_rows_of_one_moment_are_answered_as_each_alone(
    facts: list[tuple[int, int, int, float]], as_of: int, since: int, width: int, has_strays: bool
) -> None:
    history = _history(facts)
    if has_strays:
        history.tables["swaps"].append(as_of - since * MINUTE_MS, 0, [NOWHERE], [1.0])
    few = history.entities("station").find(["S0", "nobody", "S1", "S2", "S3"])
    many = View(history, _of_one_moment(as_of, np.tile(few, 40)))
    alone = [View(history, _of_one_moment(as_of, few[place : place + 1])) for place in range(len(few))]
    for seen in _windows(since * MINUTE_MS, width * MINUTE_MS):
        expected = [float(seen(view)[0]) for view in alone]
        np.testing.assert_array_equal(seen(many), expected * 40)


def _of_one_moment(as_of: int, stations: Integers) -> Rows:
    count = len(stations)
    return Rows(np.full(count, as_of), np.zeros(count, dtype=np.int64), {"station": stations})


def _windows(since: int, width: int) -> list[Callable[[View], Floats]]:
    """Return what features ask of a window of milliseconds before now, and of its end."""
    begin, end = timedelta(milliseconds=since + width), timedelta(milliseconds=since)
    return [
        lambda view: view.count("swaps", "network", begin, end),
        lambda view: view.count("swaps", "station", begin, end),
        lambda view: view.count("swaps", "station", np.array([since + width]), np.array([since])),
        lambda view: view.count("swaps", "station", np.full(len(view.rows), since + width), end),
        lambda view: view.count("swaps", "station", end, begin),
        lambda view: view.total("swaps", "packs", "station", begin, end),
        lambda view: view.last("swaps", "packs", "station", end),
        lambda view: view.last("swaps", "packs", "station", end, back=1),
    ]


@given(FACTS, st.integers(1, 59))
def test_rows_that_come_bit_by_bit_are_counted_as_those_that_come_at_once(
    facts: list[tuple[int, int, int, float]], cut: int
) -> None:
    grown = _history(facts[:cut])
    for taken, (station, happened, delay, packs) in enumerate(facts[cut:], cut + 1):
        grown.take(
            _Fact("test.swap.made", happened, happened + delay), {"station": f"S{station}", "packs": packs}
        )
        if taken % 3 and taken < len(facts):  # some come alone, some two at once
            continue
        whole = _history(facts[:taken])
        for key in ("station", "network"):
            index, expected = (each.tables["swaps"].by(key) for each in (grown, whole))
            assert index.rows().tolist() == expected.rows().tolist()
            window = (np.zeros(1, dtype=np.int64), np.array([10 * MINUTE_MS]), np.array([90 * MINUTE_MS]))
            assert index.count(*window) == expected.count(*window)
            assert index.total("packs", *window) == expected.total("packs", *window)


@given(FACTS, FACTS, st.integers(0, 130 * MINUTE_MS))
def test_rows_end_where_a_search_finds_it_while_more_come_and_old_ones_go(
    facts: list[tuple[int, int, int, float]], later: list[tuple[int, int, int, float]], gone: int
) -> None:
    history = _history(facts)
    table = history.tables["swaps"]
    for step in range(3):
        if step == 1:
            for station, happened, delay, packs in later:
                fact = _Fact("test.swap.made", happened, happened + delay)
                history.take(fact, {"station": f"S{station}" if packs <= 3 else None, "packs": packs})
        elif step == 2:
            table.forget(gone)
        stations = history.entities("station").find(["S3", None, "S0", "S1", "S2", "unknown"])
        index, now = table.by("station"), 130 * MINUTE_MS
        searched = index.place(stations, np.full(len(stations), now))
        assert index.place_at(Asked(stations), now).tolist() == searched.tolist()


@given(FACTS, st.integers(0, 130 * MINUTE_MS))
def test_an_entity_is_known_from_its_first_row_on(
    facts: list[tuple[int, int, int, float]], until: int
) -> None:
    known = {station for station, happened, delay, _ in facts if happened + delay <= until}
    assert _history(facts).tables["swaps"].by("station").known(np.array([until]))[0] == len(known)


def test_a_tuple_of_ids_that_comes_again_is_answered_anew_once_more_is_known() -> None:
    history = _history([(0, 0, 0, 1.0)])
    entities, asked = history.entities("station"), ("S0", "S9", "S0")
    numbers = entities.find(asked)
    assert entities.find(asked) is numbers
    assert not numbers.flags.writeable
    assert entities.find(("S9", "S0")).tolist() == [NOWHERE, 0]
    entities.number("S9")
    assert entities.find(asked).tolist() == [0, 1, 0]
    again = ["S0"]
    assert entities.find(again).tolist() == [0]
    again.append("S9")
    assert entities.find(again).tolist() == [0, 1], "a list may change"


def test_rows_without_an_entity_are_no_answer_about_an_unknown_one() -> None:
    spec = TableSpec("faults", ("slot",), ("code",), {"test.fault.raised": lambda _: [Row((None,), (1.0,))]})
    history = History([spec], "Asia/Kolkata")
    history.take(_Fact("test.fault.raised", 1_000, 1_000), {})
    index = history.tables["faults"].by("slot")
    unknown, begin, end = np.array([NOWHERE]), np.zeros(1, dtype=np.int64), np.array([2_000])
    assert index.count(unknown, begin, end)[0] == 0
    for found in (
        index.last("code", unknown, end),
        index.age_minutes(unknown, end),
        index.next_minutes(unknown, begin),
        index.oldest_minutes(unknown, end),
    ):
        assert np.isnan(found).all()


def test_a_window_past_the_moment_of_its_row_is_refused() -> None:
    history = _history([(0, 0, 0, 1.0)])
    rows = Rows(
        np.zeros(1, dtype=np.int64), np.full(1, 2 * MINUTE_MS), {"station": np.zeros(1, dtype=np.int64)}
    )
    view = View(history, rows)
    with pytest.raises(LooksAheadError):
        view.count("swaps", "station", timedelta(minutes=5), timedelta(minutes=-1))
    with pytest.raises(LooksAheadError):
        view.until_target(timedelta(minutes=1))
    many = View(history, rows.take([0] * 1_000))
    with pytest.raises(LooksAheadError):
        many.count("swaps", "station", timedelta(minutes=5), timedelta(minutes=-1))


def test_a_table_that_has_too_many_rows_keeps_the_newest_and_what_a_state_still_holds() -> None:
    state = TableSpec("swaps", ("station",), ("packs",), {"test.swap.made": _rows}, is_state=True)
    history = History([state], "Asia/Kolkata")
    history.take(_Fact("test.swap.made", 0, 0), {"station": "S9", "packs": 9})
    for happened in (10, 40, 20, 30):
        history.take(_Fact("test.swap.made", happened, happened), {"station": "S0", "packs": happened})
    assert history.keep_newest(5, 1_000) == 0
    assert history.keep_newest(2, 5) == 0  # all but the state that still holds is newer than that
    assert history.keep_newest(2, 1_000) == 2
    index = history.tables["swaps"].by("station")
    assert index.count(np.array([1]), np.array([0]), np.array([1_000]))[0] == 2
    assert index.last("packs", np.array([0, 1]), np.array([1_000, 1_000])).tolist() == [9, 40]
    history.take(_Fact("test.swap.made", 50, 50), {"station": "S0", "packs": 50})
    assert history.tables["swaps"].by("station").last("packs", np.array([1]), np.array([1_000]))[0] == 50


def test_a_table_all_of_whose_rows_are_dropped_takes_new_ones() -> None:
    history = _history([(0, 1, 0, 1.0), (1, 2, 0, 2.0)])
    assert history.tables["swaps"].forget(10) == 2
    history.take(_Fact("test.swap.made", 20, 20), {"station": "S1", "packs": 3})
    last = history.tables["swaps"].by("station").last("packs", np.array([0, 1]), np.array([30, 30]))
    assert np.array_equal(last, [np.nan, 3], equal_nan=True)


def test_forgetting_drops_old_rows_and_keeps_what_a_state_still_holds() -> None:
    state = TableSpec("swaps", ("station",), ("packs",), {"test.swap.made": _rows}, is_state=True)
    history = History([state], "Asia/Kolkata")
    for happened in (0, 10, 20):
        history.take(_Fact("test.swap.made", happened, happened), {"station": "S0", "packs": happened})
    assert history.tables["swaps"].forget(1_000) == 2
    index = history.tables["swaps"].by("station")
    assert index.last("packs", np.zeros(1, dtype=np.int64), np.array([2_000]))[0] == 20


STATE = TableSpec(
    "swaps",
    ("station",),
    ("packs",),
    {"test.swap.made": _rows},
    is_state=True,
    drops_repeats=True,
    counted_since=("moves",),
)
MOVES = TableSpec("moves", ("station",), ("packs",), {"test.pack.moved": _rows})
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["test.swap.made", "test.swap.made", "test.pack.moved"]),
        st.integers(0, 1),
        st.integers(0, 20 * MINUTE_MS),
        st.sampled_from([0, 0, 1, 3 * MINUTE_MS]),
        st.integers(0, 1),
    ),
    max_size=40,
)


@given(CHANGES, st.lists(st.integers(0, 25 * MINUTE_MS), min_size=1, max_size=5))
def test_what_repeats_a_state_is_missed_by_no_question_about_any_moment(
    changes: list[tuple[str, int, int, int, int]], moments: list[int]
) -> None:
    whole, lean = History([STATE, MOVES], "UTC"), History([STATE, MOVES], "UTC")
    for type_, station, happened, delay, packs in changes:
        for history in (whole, lean):
            history.take(_Fact(type_, happened, happened + delay), {"station": f"S{station}", "packs": packs})
    lean.drop_repeats()
    for moment in moments:
        seen = []
        for history in (whole, lean):
            stations = history.entities("station").find(["S0", "S1"])
            until = np.full(2, moment)
            for time in By:
                state = history.tables["swaps"].by("station", time)
                age = state.age_minutes(stations, until)
                since = until - np.where(np.isnan(age), 0, np.round(age * MINUTE_MS)).astype(np.int64)
                moved = history.tables["moves"].by("station", time).count(stations, since, until)
                seen.append([state.last("packs", stations, until), np.isnan(age), moved])
        np.testing.assert_array_equal(seen[:2], seen[2:])


def test_of_a_run_of_repeats_the_first_and_the_last_stay_and_what_is_not_settled() -> None:
    history = History([STATE, MOVES], "UTC")
    for minute, packs in enumerate([3, 3, 3, 3, 4, 4, 4, 3]):
        fact = _Fact("test.swap.made", minute * MINUTE_MS, minute * MINUTE_MS)
        history.take(fact, {"station": "S0", "packs": packs})
    for late in range(4):
        fact = _Fact("test.swap.made", 7 * MINUTE_MS + late, 7 * MINUTE_MS + late)
        history.take(fact, {"station": "S0", "packs": 3})
    table = history.tables["swaps"]
    by_station = table.by("station")
    assert history.drop_repeats() == 3
    assert table.column("packs").tolist() == [3, 3, 4, 4, 3, 3, 3, 3, 3]
    assert table.known_ms()[:4].tolist() == [0, 3 * MINUTE_MS, 4 * MINUTE_MS, 6 * MINUTE_MS]
    everything = (np.zeros(1, dtype=np.int64), np.array([-1]), np.array([60 * MINUTE_MS]))
    assert by_station.total("packs", *everything)[0] == 29
    assert history.drop_repeats() == 0


def test_a_repeat_after_which_packs_are_counted_anew_stays() -> None:
    history = History([STATE, MOVES], "UTC")
    for minute in range(6):
        fact = _Fact("test.swap.made", minute * MINUTE_MS, minute * MINUTE_MS)
        history.take(fact, {"station": "S0", "packs": 3})
    moved = _Fact("test.pack.moved", 150_000, 150_000)
    history.take(moved, {"station": "S0", "packs": 1})
    history.drop_repeats()
    minutes = history.tables["swaps"].known_ms() // MINUTE_MS
    assert minutes.tolist() == [0, 2, 3, 5]


@given(CHANGES, st.booleans(), st.integers(1, 6))
@example([("test.swap.made", 0, minute * MINUTE_MS, 0, 1) for minute in range(12)], True, 2)
def test_a_look_at_what_has_come_since_the_last_finds_what_a_look_at_all_rows_finds(
    changes: list[tuple[str, int, int, int, int]], is_in_order: bool, each: int
) -> None:
    history = History([STATE, MOVES], "UTC")
    if is_in_order:
        changes = sorted(changes, key=lambda change: change[2] + change[3])
    for taken, (type_, station, happened, delay, packs) in enumerate(changes, 1):
        fact = _Fact(type_, happened, happened + delay)
        history.take(fact, {"station": f"S{station}", "packs": packs})
        if taken % each == 0:
            whole = _again(history)
            assert history.drop_repeats() == whole.drop_repeats()
            _assert_same_rows(history, whole)


def _again(history: History) -> History:
    """Return a history with the same rows, none of which has been looked at."""
    again = History([STATE, MOVES], "UTC")
    again.newest_ms = history.newest_ms
    for name, table in history.tables.items():
        for row in zip(
            table.known_ms().tolist(),
            table.happened_ms().tolist(),
            table.entities("station").tolist(),
            table.column("packs").tolist(),
            strict=True,
        ):
            again.tables[name].append(row[0], row[1], [row[2]], [row[3]])
    return again


def _assert_same_rows(one: History, other: History) -> None:
    for name, table in one.tables.items():
        same = other.tables[name]
        assert table.known_ms().tolist() == same.known_ms().tolist()
        assert table.column("packs").tolist() == same.column("packs").tolist()
        for time in By:
            indexes = (each.by("station", time).rows().tolist() for each in (table, same))
            assert next(indexes) == next(indexes)
