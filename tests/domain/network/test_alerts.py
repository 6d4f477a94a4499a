from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from navswap.features.network.domain.alerts import Alert, AlertKind, EventBacklog, alerts, overdue
from navswap.features.network.domain.parameters import AlertParameters
from navswap.features.network.domain.stations import Queue, StationFacts, count_queues, count_stations

START = datetime(2026, 3, 1, tzinfo=UTC)
PARAMETERS = AlertParameters()
NO_EVENTS = EventBacklog()


def a_station(station_id: str = "S", **facts: Any) -> StationFacts:
    healthy: dict[str, Any] = {
        "is_open": True,
        "is_broken": False,
        "free_packs": 3,
        "queue_length": 0,
        "longest_wait_minutes": 0.0,
    }
    return StationFacts(station_id, **{**healthy, **facts})


def kinds(*stations: StationFacts, events: EventBacklog = NO_EVENTS) -> list[tuple[AlertKind, str | None]]:
    return [(alert.kind, alert.station_id) for alert in alerts(stations, events, PARAMETERS)]


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
    ("events", "expected"),
    [
        (EventBacklog(3, 30.0, 0), []),
        (EventBacklog(0, 0.0, 2), [AlertKind.EVENTS_DEAD_LETTERED]),
        (EventBacklog(1, 31.0, 1), [AlertKind.EVENTS_DEAD_LETTERED, AlertKind.EVENTS_DELAYED]),
    ],
)
def test_events_that_do_not_arrive_deserve_attention(events: EventBacklog, expected: list[AlertKind]) -> None:
    assert kinds(events=events) == [(kind, None) for kind in expected]


def test_alerts_of_any_kind_are_ordered_by_kind_and_the_worst_first() -> None:
    late = [
        overdue(kind, "S", ("Ticket", str(minutes)), START, START + timedelta(minutes=minutes))
        for kind, minutes in (
            (AlertKind.JOB_OVERDUE, 5),
            (AlertKind.TICKET_OVERDUE, 20),
            (AlertKind.TICKET_OVERDUE, 90),
        )
    ]
    shed = Alert(AlertKind.FEEDER_SHED, "S", 2.5)
    found = alerts([a_station(free_packs=0)], NO_EVENTS, PARAMETERS, [shed, *late])
    assert [(alert.kind, alert.value) for alert in found] == [
        (AlertKind.NO_FREE_PACKS, 0),
        (AlertKind.TICKET_OVERDUE, 90),
        (AlertKind.TICKET_OVERDUE, 20),
        (AlertKind.JOB_OVERDUE, 5),
        (AlertKind.FEEDER_SHED, 2.5),
    ]


def test_an_operator_says_when_something_deserves_attention() -> None:
    patient = AlertParameters(promised_wait_minutes=30, delayed_event_seconds=600)
    assert alerts([a_station(longest_wait_minutes=25.0)], EventBacklog(9, 599.0), patient) == []
    with pytest.raises(ValueError, match="longer than nothing"):
        AlertParameters(unanswered=timedelta())


def test_stations_are_counted_by_state() -> None:
    counts = count_stations(
        [
            a_station(),
            a_station(free_packs=0),
            a_station(is_open=False, free_packs=0),
            a_station(is_open=False, is_broken=True),
        ]
    )
    assert (counts.open, counts.closed, counts.out_of_service, counts.without_free_packs) == (2, 1, 1, 1)


def test_the_longest_queues_come_first_and_waits_are_held_against_the_promise() -> None:
    stations = [a_station(f"S{length:02}", queue_length=length) for length in range(12)]
    stations += [a_station(f"W{wait}", longest_wait_minutes=float(wait)) for wait in (9, 11, 14)]
    queues = count_queues(stations, on_the_way=3, waiting=2, swapping=1, promised_wait_minutes=10)
    assert queues.longest == [Queue(f"S{length:02}", length) for length in range(11, 1, -1)]
    assert (queues.late_stations, queues.longest_wait_minutes) == (2, 14.0)
    nothing = count_queues([], on_the_way=0, waiting=0, swapping=0, promised_wait_minutes=10)
    assert (nothing.longest, nothing.longest_wait_minutes) == ([], 0.0)
