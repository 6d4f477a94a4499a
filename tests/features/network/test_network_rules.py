from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.network.rules import (
    MOST_ROWS,
    Alert,
    AlertKind,
    Balance,
    Late,
    StationFacts,
    alert_of_late,
    alerts,
    merged,
    quantile,
    start_of_day,
    what_is_wrong,
    worst_first,
)
from navswap.kit.forecasts import Source

START = datetime(2026, 3, 1, tzinfo=UTC)


def a_station(station_id: str = "S", **facts: Any) -> StationFacts:
    healthy: dict[str, Any] = {
        "is_open": True,
        "is_broken": False,
        "free_packs": 3,
        "queue_length": 0,
        "longest_wait_minutes": 0.0,
    }
    return StationFacts(station_id=station_id, **{**healthy, **facts})


def kinds(*stations: StationFacts, dead: int = 0, oldest: float = 0.0) -> list[tuple[AlertKind, str | None]]:
    found = alerts(stations, promised_wait_minutes=10.0, dead_events=dead, oldest_event_seconds=oldest)
    return [(one.kind, one.station_id) for one in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"free_packs": 0}, [AlertKind.NO_FREE_PACKS]),
        ({"free_packs": 0, "is_open": False}, []),
        ({"is_open": False, "is_broken": True}, [AlertKind.STATION_OUT_OF_SERVICE]),
        ({"longest_wait_minutes": 10.0}, []),
        ({"longest_wait_minutes": 10.1}, [AlertKind.WAIT_OVER_PROMISE]),
        (
            {"longest_wait_minutes": 11.0, "free_packs": 0},
            [AlertKind.WAIT_OVER_PROMISE, AlertKind.NO_FREE_PACKS],
        ),
    ],
)
def test_a_station_deserves_attention_for_a_reason(facts: dict[str, Any], expected: list[AlertKind]) -> None:
    assert kinds(a_station(**facts)) == [(kind, "S") for kind in expected]


def test_the_worst_of_each_kind_stands_first() -> None:
    stations = [a_station(f"S{wait}", longest_wait_minutes=float(wait)) for wait in (12, 40, 25)]
    assert [station_id for _, station_id in kinds(*stations)] == ["S40", "S25", "S12"]


@pytest.mark.parametrize(
    ("dead", "oldest", "expected"),
    [
        (0, 30.0, []),
        (2, 0.0, [AlertKind.EVENTS_DEAD_LETTERED]),
        (1, 31.0, [AlertKind.EVENTS_DEAD_LETTERED, AlertKind.EVENTS_DELAYED]),
    ],
)
def test_events_that_do_not_arrive_deserve_attention(
    dead: int, oldest: float, expected: list[AlertKind]
) -> None:
    assert kinds(dead=dead, oldest=oldest) == [(kind, None) for kind in expected]


values = st.lists(st.integers(0, 240), min_size=1)


@given(values, st.floats(0.01, 1.0))
def test_the_quantile_of_a_histogram_is_that_of_its_values(counted: list[int], probability: float) -> None:
    found = quantile(Counter(counted), probability)
    assert found in counted
    assert found is not None
    assert sum(one <= found for one in counted) >= probability * len(counted)
    assert sum(one < found for one in counted) < probability * len(counted)


def test_nothing_counted_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None


@given(st.lists(values))
def test_merged_histograms_count_everything(parts: list[list[int]]) -> None:
    assert merged(Counter(part) for part in parts) == Counter(one for part in parts for one in part)


HOURLY = (timedelta(hours=1), timedelta(days=31))
DAILY = (timedelta(days=1), timedelta(days=366))


@pytest.mark.parametrize(
    ("days", "length", "groups", "words"),
    [
        (0, DAILY, 1, "before `until`"),
        (366, DAILY, 1, None),
        (367, DAILY, 1, "at most 366 days"),
        (31, HOURLY, 1, None),
        (32, HOURLY, 1, "at most 31 days"),
        (31, HOURLY, 13, None),
        (31, HOURLY, 14, f"at most {MOST_ROWS}"),
    ],
)
def test_statistics_are_bounded(
    days: int, length: tuple[timedelta, timedelta], groups: int, words: str | None
) -> None:
    bucket, longest = length
    until = START + timedelta(days=days)
    wrong = what_is_wrong(START, until, bucket=bucket, longest=longest, groups=groups)
    assert (wrong is None) if words is None else (wrong is not None and words in wrong)


def test_alerts_of_any_kind_are_ordered_by_kind_and_the_worst_first() -> None:
    late = [
        alert_of_late(Late(kind, "S", ("Ticket", str(minutes)), START), START + timedelta(minutes=minutes))
        for kind, minutes in (
            (AlertKind.JOB_OVERDUE, 5),
            (AlertKind.TICKET_OVERDUE, 20),
            (AlertKind.TICKET_OVERDUE, 90),
        )
    ]
    shed = Alert(AlertKind.FEEDER_SHED, "S", 2.5)
    found = alerts(
        [a_station(free_packs=0)],
        promised_wait_minutes=10,
        dead_events=0,
        oldest_event_seconds=0,
        others=[shed, *late],
    )
    assert [(one.kind, one.value) for one in found] == [
        (AlertKind.NO_FREE_PACKS, 0),
        (AlertKind.TICKET_OVERDUE, 90),
        (AlertKind.TICKET_OVERDUE, 20),
        (AlertKind.JOB_OVERDUE, 5),
        (AlertKind.FEEDER_SHED, 2.5),
    ]


@given(st.lists(st.tuples(st.floats(-50, 50), st.text(min_size=1, max_size=3)), max_size=20))
def test_stations_are_ordered_by_what_they_will_miss(packs: list[tuple[float, str]]) -> None:
    balances = [Balance(station_id, value, Source.BASELINE, 0, 3, 1) for value, station_id in packs]
    ordered = worst_first(balances)
    assert [one.forecast_packs for one in ordered] == sorted(value for value, _ in packs)
    assert [one.after_jobs_packs for one in ordered] == pytest.approx(
        [one.forecast_packs + 2 for one in ordered]
    )


@pytest.mark.parametrize(
    ("zone", "began"),
    [
        ("UTC", datetime(2026, 3, 1, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 2, 28, 18, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 2, 28, 5, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_local_midnight(zone: str, began: datetime) -> None:
    assert start_of_day(START, ZoneInfo(zone)) == began
