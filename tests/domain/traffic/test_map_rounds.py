"""Rounds of the traffic map, in memory: what changes, what is learned, what is published."""

from dataclasses import replace
from datetime import datetime, timedelta

from navswap.features.traffic.domain.cells import TrafficCell, TrafficMap
from navswap.features.traffic.domain.congestion import STALE_AFTER, Observation
from navswap.features.traffic.domain.map_rounds import (
    LEARN_AT_ONCE,
    SETTLED,
    NextMap,
    Round,
    facts_of,
    last_value,
    learning_span,
    next_map,
)
from navswap.features.traffic.domain.probes import cell_of
from navswap.features.traffic.events import MapChanged
from navswap.kit.forecasts import Source
from tests.factories.gps import PLACE, START

MINUTE = timedelta(minutes=1)
CELL = cell_of(PLACE)
SLOW = Observation(probes=60, metres=1_000.0, seconds=600.0, latest=START)


def decide(
    now: datetime = START,
    *,
    before: TrafficMap | None = None,
    observed: dict[str, Observation] | None = None,
    speeds: dict[str, dict[int, float]] | None = None,
    cells: tuple[TrafficCell, ...] = (),
    learn_until: datetime | None = None,
) -> NextMap | None:
    _, end = learning_span(before, now)
    known = {cell.id: cell for cell in cells}
    round_ = Round(now, before, learn_until or end, observed or {}, speeds or {}, known)
    facts = facts_of(round_, 24.0)
    return next_map(round_, facts, {cell: last_value(found, now) for cell, found in facts.items()})


def first() -> NextMap:
    update = decide(observed={CELL: SLOW})
    assert update is not None
    return update


def test_the_first_probes_make_the_first_revision_and_publish_it() -> None:
    update = first()
    [step] = update.cells
    assert update.map.after == TrafficMap("traffic", START, START - SETTLED, revision=1)
    assert update.map.facts == (MapChanged(revision=1, cells=1, as_of=START),)
    assert (step.before, step.after.changed_in, step.after.is_live) == (None, 1, True)
    assert step.after.published.speed_kmh == 6.0
    assert step.after.published.source is Source.BASELINE
    assert 0.6 < step.after.published.congestion < 0.75


def test_where_nothing_moves_there_is_no_map() -> None:
    assert decide() is None


def test_a_round_that_changes_and_learns_nothing_writes_nothing() -> None:
    update = first()
    again = decide(before=update.map.after, observed={CELL: SLOW}, cells=(update.cells[0].after,))
    assert again is None


def test_a_change_that_no_reader_can_see_is_stored_and_not_published() -> None:
    update = first()
    more = replace(SLOW, metres=SLOW.metres + 0.01)
    after = decide(before=update.map.after, observed={CELL: more}, cells=(update.cells[0].after,))
    assert after is not None
    [step] = after.cells
    assert (step.after.observed, step.after.changed_in, step.after.revision) == (more, 1, 2)
    assert (after.changed, after.map.after.revision, after.map.facts) == (0, 2, ())


def test_a_cell_without_probes_fades_and_is_cleared_in_a_revision() -> None:
    update = first()
    map_, cell = update.map.after, update.cells[0].after
    congestions = [cell.published.congestion]
    for minutes in range(1, STALE_AFTER // MINUTE + 1):
        after = decide(START + minutes * MINUTE, before=map_, cells=(cell,))
        assert after is not None
        map_ = after.map.after
        cell = next((step.after for step in after.cells), cell)
        congestions.append(cell.published.congestion)
    assert congestions == sorted(congestions, reverse=True)
    assert (cell.is_live, cell.published.congestion, cell.changed_in) == (False, 0.0, map_.revision)


def test_what_is_learned_is_in_the_history_once_and_moves_the_free_flow() -> None:
    update = first()
    map_, cell = update.map.after, update.cells[0].after
    now = START + 5 * MINUTE
    after = decide(now, before=map_, observed={CELL: SLOW}, speeds={CELL: {45: 1_000.0}}, cells=(cell,))
    assert after is not None
    [step] = after.cells
    assert step.after.history == ((45, 1_000.0),)
    assert step.after.published.free_flow_kmh > 40.0
    assert step.after.learned_at == after.map.after.learned_until == now - SETTLED
    following = decide(now + MINUTE, before=after.map.after, observed={CELL: SLOW}, cells=(step.after,))
    assert following is not None
    assert all(later.after.history == step.after.history for later in following.cells)


def test_a_worker_that_was_away_catches_up_in_steps() -> None:
    map_ = TrafficMap("traffic", START, START - SETTLED)
    assert learning_span(map_, START + 5 * MINUTE) == (START - SETTLED, START - SETTLED + 5 * MINUTE)
    late = START + timedelta(hours=9)
    assert learning_span(map_, late) == (START - SETTLED, START - SETTLED + LEARN_AT_ONCE)
    assert learning_span(None, late) == (late - SETTLED, late - SETTLED)


def test_a_clock_that_steps_back_unlearns_nothing() -> None:
    map_ = TrafficMap("traffic", START, START)
    assert learning_span(map_, START - 30 * MINUTE) == (START, START)
