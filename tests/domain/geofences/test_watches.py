"""The life of a watch: from points to checkpoints and facts."""

from dataclasses import replace
from datetime import timedelta

from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.visits import VisitState
from navswap.features.geofences.domain.watches import CHECKPOINT_AGE_MILLISECONDS, Watch, follow, save
from navswap.features.geofences.events import FenceEntered, FenceLeft, watch_name
from tests.factories.gps import PLACE, START, a_fix, a_walk

INSIDE, OUTSIDE = 100.0, 900.0
MINUTE = timedelta(minutes=1)
WATCH = Watch(
    watch_name("hold", "e1"),
    "rider",
    "station",
    Fence(PLACE, 500.0),
    since=START,
    until=START + 60 * MINUTE,
)


def test_an_arrival_is_a_fact_with_the_times_of_the_crossing_and_of_the_point_that_proved_it() -> None:
    walk = a_walk((0, OUTSIDE), (30, INSIDE), (50, INSIDE))
    step = save(follow(WATCH, VisitState(), walk))
    [entered] = step.facts
    assert entered == FenceEntered(
        watch_id="hold:e1",
        subject_id="rider",
        place_id="station",
        recorded_at=START + timedelta(seconds=50),
        crossed_at=START + timedelta(seconds=30),
    )
    assert entered.key() == "hold:e1"
    assert step.after == replace(WATCH, checkpoint=step.after.checkpoint, revision=2)
    assert step.after.checkpoint.is_announced


def test_the_checkpoint_and_the_points_since_then_give_what_the_process_remembered() -> None:
    visit = a_walk((0, INSIDE), (30, INSIDE), (60, OUTSIDE), (130, OUTSIDE))
    later = a_walk((300, OUTSIDE))
    remembered = follow(WATCH, VisitState(), visit)
    on = follow(WATCH, remembered.state, later)
    stored = save(remembered).after
    since = [point for point in visit if point.recorded_at >= stored.unsettled_since]
    again = follow(stored, VisitState(stored.checkpoint), [*since, *later])
    assert [type(fact) for fact in save(on).facts] == [FenceEntered, FenceLeft]
    assert (again.state, again.crossings) == (on.state, on.crossings)


def test_only_points_from_the_time_of_a_watch_count() -> None:
    before = [a_fix(-60, metres=INSIDE), a_fix(-1, metres=INSIDE)]
    after = [a_fix(3601, metres=INSIDE), a_fix(3700, metres=INSIDE)]
    progress = follow(WATCH, VisitState(), [*before, *after])
    assert (progress.state, progress.crossings) == (VisitState(), ())


def test_a_checkpoint_is_due_once_it_lags_behind_by_five_minutes() -> None:
    lag = CHECKPOINT_AGE_MILLISECONDS / 1000 + 120
    for seconds, is_due in ((lag - 1, False), (lag + 1, True)):
        progress = follow(WATCH, VisitState(), a_walk((0, OUTSIDE), (seconds, OUTSIDE)))
        assert progress.is_due == is_due
        assert save(progress).facts == ()
