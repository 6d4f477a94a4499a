import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.simulation.comparison import Method, Verdict, compare, difference, interval


def test_an_interval_of_normal_differences_is_students() -> None:
    low, high, method = interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert method is Method.STUDENT_T
    # t(0.975, 4) = 2.776445, standard error = sqrt(2.5 / 5)
    assert low == pytest.approx(3 - 2.776445 * math.sqrt(0.5), abs=1e-6)
    assert high == pytest.approx(3 + 2.776445 * math.sqrt(0.5), abs=1e-6)


def test_an_interval_of_differences_with_an_outlier_is_bootstrapped_and_the_same_each_time() -> None:
    differences = np.array([0.0, 0.1, 0.0, 0.2, 0.1, 0.0, 0.1, 0.0, 0.1, 30.0])
    low, high, method = interval(differences)
    assert method is Method.BOOTSTRAP
    assert (low, high, method) == interval(differences)
    assert 0 < low < differences.mean() < high
    student_low = differences.mean() - 2.262157 * differences.std(ddof=1) / math.sqrt(10)
    assert student_low < 0, "a t interval would hold a difference possible that no pair has"


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([], (math.nan, math.nan, Method.NONE)),
        ([3.0], (math.nan, math.nan, Method.NONE)),
        ([2.0, 2.0, 2.0], (2.0, 2.0, Method.CONSTANT)),
        ([0.0] * 12, (0.0, 0.0, Method.CONSTANT)),
    ],
)
def test_too_few_or_equal_differences_have_no_spread(
    differences: list[float], expected: tuple[float, float, Method]
) -> None:
    assert interval(np.array(differences, dtype=float)) == pytest.approx(expected, nan_ok=True)


def test_pairing_takes_out_what_both_runs_share() -> None:
    days = np.array([10.0, 50.0, 30.0, 90.0])
    perfect = difference(days + 2, days)
    assert perfect.mean == 2
    assert perfect.variance_saved == 1
    opposite = difference(-days, days)
    assert opposite.variance_saved == pytest.approx(-1)
    # a = 1, 2, 3 and b = 2, 1, 3: var 1 each, of the difference 1
    assert difference(np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 3.0])).variance_saved == pytest.approx(
        0.5
    )
    assert math.isnan(difference(np.array([5.0, 5.0]), np.array([1.0, 1.0])).variance_saved)


def test_pairs_in_which_one_run_has_no_such_figure_are_left_out() -> None:
    found = difference(np.array([1.0, math.nan, 3.0]), np.array([0.0, 5.0, 1.0]))
    assert found.pairs == 2
    assert found.mean == 1.5


def runs(*waits: float) -> list[dict[str, float]]:
    return [{"mean_wait_minutes": wait, "swaps": 100 - wait, "riders": 100.0} for wait in waits]


def test_policies_are_compared_to_the_first_one() -> None:
    found = compare({"nearest": runs(5, 6, 7, 8), "rules": runs(3, 4.1, 5, 5.9)}, [1, 2, 3, 4])
    nearest, rules = found.standings
    assert nearest.differences == {}
    assert nearest.means["mean_wait_minutes"] == 6.5
    assert rules.differences["mean_wait_minutes"].mean == pytest.approx(-2)
    assert rules.differences["mean_wait_minutes"].verdict is Verdict.BETTER
    assert rules.differences["swaps"].verdict is Verdict.BETTER
    assert rules.differences["riders"].verdict is Verdict.SAME
    assert found.figures == ("mean_wait_minutes", "swaps", "riders")


def test_a_difference_whose_interval_holds_zero_is_uncertain() -> None:
    found = compare({"a": runs(5, 6, 7), "b": runs(3, 8, 7)}, [1, 2, 3])
    assert found.standings[1].differences["mean_wait_minutes"].verdict is Verdict.UNCERTAIN


def test_what_is_worse_is_called_worse() -> None:
    found = compare({"a": runs(5, 6, 7), "b": runs(9, 10, 11.1)}, [1, 2, 3])
    assert found.standings[1].differences["mean_wait_minutes"].verdict is Verdict.WORSE
    assert found.standings[1].differences["swaps"].verdict is Verdict.WORSE


def test_a_comparison_is_json_without_nan() -> None:
    found = compare({"a": [{"wait": math.nan}], "b": [{"wait": 1.0}]}, [7])
    plain = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert plain["seeds"] == [7]
    assert plain["standings"][0]["means"] == {"wait": None}
    assert plain["standings"][1]["differences"]["wait"]["method"] == "NONE"


def test_runs_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="b has 1 runs for 2 seeds"):
        compare({"a": runs(1, 2), "b": runs(1)}, [1, 2])
    with pytest.raises(ValueError, match="a policy and a seed"):
        compare({}, [1])


thousandths = st.integers(-(10**9), 10**9).map(lambda number: number / 1000)


@given(st.lists(st.tuples(thousandths, thousandths), min_size=2, max_size=7))
def test_swapping_the_two_policies_turns_the_difference_around(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = (np.array(column) for column in zip(*pairs, strict=True))
    there, back = difference(ours, theirs), difference(theirs, ours)
    assert there.mean == pytest.approx(-back.mean, abs=1e-6)
    assert there.low == pytest.approx(-back.high, abs=1e-6)
    assert there.high == pytest.approx(-back.low, abs=1e-6)
    assert there.low <= there.mean <= there.high
    assert there.variance_saved == pytest.approx(back.variance_saved, abs=1e-9, nan_ok=True)
