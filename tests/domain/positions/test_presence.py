from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.positions.domain.presence import Whereabouts
from navswap.features.positions.errors import NotAtPlaceError
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from navswap.kit.presence import Absence, AbsenceReason, PlaceProof, find_absence
from tests.support.geo import destination

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHOP = Point(121.5, 25.0)
OLD, FAR = AbsenceReason.TOO_OLD, AbsenceReason.TOO_FAR
PROOF = PlaceProof(fence_metres=200.0, position_age=timedelta(minutes=5))


def a_fix(metres: float, age: timedelta) -> GpsPoint:
    return GpsPoint("driver", destination(SHOP, 45, metres), NOON - age)


@pytest.mark.parametrize(
    ("metres", "age", "reason", "words"),
    [
        (201.0, timedelta(0), FAR, "the newest position is 201 m away (at most 200)"),
        (1_240.0, timedelta(0), FAR, "the newest position is 1240 m away (at most 200)"),
        (0.0, timedelta(minutes=5, seconds=6), OLD, "the newest position is 5.1 minutes old (at most 5)"),
        (9_000.0, timedelta(hours=2), OLD, "the newest position is 120.0 minutes old (at most 5)"),
    ],
)
def test_a_position_that_is_old_or_far_away_says_so(
    metres: float, age: timedelta, reason: AbsenceReason, words: str
) -> None:
    assert find_absence(a_fix(metres, age), SHOP, NOON, PROOF) == Absence(reason, words)


@pytest.mark.parametrize(
    ("metres", "age"), [(0.0, timedelta(0)), (199.0, timedelta(minutes=5)), (0.0, -timedelta(seconds=30))]
)
def test_a_recent_position_within_the_fence_proves_presence(metres: float, age: timedelta) -> None:
    assert find_absence(a_fix(metres, age), SHOP, NOON, PROOF) is None


def test_without_a_position_nothing_is_proven() -> None:
    expected = Absence(AbsenceReason.NO_POSITION, "no position is known")
    assert find_absence(None, SHOP, NOON, PROOF) == expected


def test_a_refusal_says_where_one_is_missing_why_and_what_to_do() -> None:
    Whereabouts("driver", a_fix(10.0, timedelta(0)), PROOF).require_at(SHOP, "Tea House", NOON)
    with pytest.raises(NotAtPlaceError) as refused:
        Whereabouts("driver", a_fix(900.0, timedelta(0)), PROOF).require_at(SHOP, "Tea House", NOON)
    assert refused.value.message == (
        "Not at Tea House: the newest position is 900 m away (at most 200). Report a position there, then do it again."
    )


@pytest.mark.parametrize(("metres", "age"), [(0.0, timedelta(minutes=5)), (500.0, timedelta(0))])
def test_a_fence_without_a_width_and_an_age_of_nothing_are_no_proof(metres: float, age: timedelta) -> None:
    with pytest.raises(ValueError, match="a fence is wider than 0 m"):
        PlaceProof(metres, age)
