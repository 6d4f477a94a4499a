from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.faults.catalogue import (
    CONTAINING,
    KINDS,
    MANUAL,
    PEOPLE,
    REMOTE,
    Action,
    Component,
    FaultCode,
    Pause,
    Severity,
)
from navswap.features.faults.rules import (
    FLAPPING,
    MAX_COMMANDS,
    MAX_ESCALATION,
    MAX_TRIES,
    SLA,
    Case,
    Evidence,
    FaultSource,
    Outcome,
    Reading,
    ReadingRejection,
    Record,
    Tried,
    are_we_deaf,
    choose,
    ends_by_itself,
    escalation,
    findings,
    is_allowed,
    next_escalation_at,
    next_step,
    outcome_of,
    pause_of,
    rank_actions,
    reading_rejection,
    shows_health,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SLOT, CHARGER, PACK, STATION = Component.SLOT, Component.CHARGER, Component.PACK, Component.STATION
C, A, O = FaultCode, Action, Outcome  # noqa: E741 - the tables read best in short


def reading(component: Component = SLOT, **values: object) -> Reading:
    return Reading(component, NOW, **values)  # type: ignore[arg-type]  # each test names fields of a reading


@pytest.mark.parametrize(
    ("measured", "codes"),
    [
        (reading(temperature_celsius=54.9), set()),
        (reading(temperature_celsius=55), {C.SLOT_HOT}),
        (reading(temperature_celsius=70), {C.SLOT_OVERHEATED}),
        (reading(CHARGER, temperature_celsius=79), set()),
        (reading(CHARGER, temperature_celsius=80), {C.CHARGER_OVERHEATED}),
        (reading(CHARGER, current_amperes=40), {C.CHARGER_OVERCURRENT}),
        (
            reading(CHARGER, current_amperes=40, error_code="GroundFailure"),
            {C.CHARGER_OVERCURRENT, C.GROUND_FAULT},
        ),
        (reading(PACK, temperature_celsius=60), {C.PACK_OVERHEATED}),
        (reading(error_code="ConnectorLockFailure"), {C.LATCH_STUCK}),
        (reading(error_code="NoError"), set()),
        (reading(error_code="whatever"), {C.SLOT_FAILED}),
        (reading(CHARGER, error_code="whatever"), {C.CHARGER_FAILED}),
        (reading(PACK, error_code="whatever"), {C.PACK_FAILED}),
        (reading(STATION, error_code="UnderVoltage"), {C.STATION_POWER_LOST}),
        (reading(STATION, error_code="whatever"), {C.STATION_FAILED}),
        (reading(current_amperes=99), set()),
    ],
)
def test_what_a_reading_shows(measured: Reading, codes: set[FaultCode]) -> None:
    assert findings(measured) == codes


@pytest.mark.parametrize(
    ("code", "measured", "healthy"),
    [
        (C.SLOT_HOT, reading(temperature_celsius=45), True),
        (C.SLOT_HOT, reading(temperature_celsius=46), False),
        (C.SLOT_HOT, reading(), False),
        (C.SLOT_HOT, reading(temperature_celsius=40, error_code="x"), False),
        (C.SLOT_FAILED, reading(), True),
        (C.SLOT_FAILED, reading(error_code="x"), False),
        (C.SLOT_FAILED, reading(CHARGER), False),
        (C.CHARGER_OVERCURRENT, reading(CHARGER, current_amperes=37), False),
        (C.CHARGER_OVERCURRENT, reading(CHARGER, current_amperes=36), True),
        (C.STATION_OFFLINE, reading(), True),
    ],
)
def test_what_shows_that_a_fault_is_over(code: FaultCode, measured: Reading, *, healthy: bool) -> None:
    assert shows_health(code, measured) is healthy


@given(
    component=st.sampled_from([SLOT, CHARGER, PACK]),
    celsius=st.floats(-40, 150),
    amperes=st.floats(0, 100),
    error=st.sampled_from([None, "x", "HighTemperature", "NoError"]),
)
def test_no_reading_shows_a_fault_and_its_end(
    component: Component, celsius: float, amperes: float, error: str | None
) -> None:
    measured = reading(component, temperature_celsius=celsius, current_amperes=amperes, error_code=error)
    for code in findings(measured):
        assert not shows_health(code, measured)


@pytest.mark.parametrize(
    ("measured", "rejected"),
    [
        (reading(evse_id=12), None),
        (reading(evse_id=13), ReadingRejection.NO_SUCH_SLOT),
        (reading(evse_id=0), ReadingRejection.NO_SUCH_SLOT),
        (reading(CHARGER), ReadingRejection.NO_SUCH_SLOT),
        (reading(PACK, serial_number="P"), None),
        (reading(PACK, serial_number="Q"), ReadingRejection.NO_SUCH_PACK),
        (reading(PACK), ReadingRejection.NO_SUCH_PACK),
        (reading(STATION), None),
        (Reading(STATION, NOW - timedelta(minutes=16)), ReadingRejection.TOO_OLD),
        (Reading(STATION, NOW + timedelta(minutes=2)), ReadingRejection.FROM_THE_FUTURE),
        *(
            (reading(SLOT, evse_id=1, **{quantity: value}), rejected)
            for quantity, bounds in (
                ("temperature_celsius", (-60.0, 1_500.0)),
                ("current_amperes", (-1_000.0, 1_000.0)),
            )
            for value, rejected in (
                *((bound, None) for bound in bounds),
                (bounds[0] - 0.1, ReadingRejection.IMPOSSIBLE_VALUE),
                (bounds[1] + 0.1, ReadingRejection.IMPOSSIBLE_VALUE),
                *((value, ReadingRejection.IMPOSSIBLE_VALUE) for value in (inf, -inf, nan)),
            )
        ),
    ],
)
def test_which_readings_can_be_used(measured: Reading, rejected: ReadingRejection | None) -> None:
    assert reading_rejection(measured, 12, {"P"}, NOW) is rejected


def test_every_code_can_be_left_to_people_and_pauses_what_it_is_about() -> None:
    for code in FaultCode:
        kind = KINDS[code]
        assert PEOPLE[kind.component]
        assert not {step.action for step in kind.playbook} & MANUAL
        assert {step.action for step in kind.playbook} - CONTAINING <= set(REMOTE[kind.component])
        if kind.pause is Pause.PACK:
            assert kind.component is PACK
        if kind.severity is Severity.CRITICAL:
            assert kind.pause is not Pause.NOTHING


@pytest.mark.parametrize("code", FaultCode)
def test_a_riders_word_pauses_no_station(code: FaultCode) -> None:
    assert pause_of(code, FaultSource.RIDER) not in {Pause.STATION, Pause.SLOT_FAULTED}
    assert pause_of(code, FaultSource.TELEMETRY) is KINDS[code].pause


def case(
    code: FaultCode, *tried: Tried, source: FaultSource = FaultSource.TELEMETRY, earlier: int = 0
) -> Case:
    return Case(code, source, earlier, tried)


def tried(action: Action, outcome: Outcome, level: int = 1) -> Tried:
    return Tried(action, level, outcome)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (case(C.SLOT_FAILED), A.RESET_MODULE),
        (case(C.SLOT_FAILED, tried(A.RESET_MODULE, O.TIMED_OUT)), A.RESET_MODULE),
        (case(C.SLOT_FAILED, *[tried(A.RESET_MODULE, O.TIMED_OUT)] * 2), None),
        (case(C.CHARGER_OVERCURRENT, tried(A.DERATE_CHARGING, O.REJECTED)), A.RESET_MODULE),
        (case(C.STATION_FAILED), A.REROUTE_RIDERS),
        (case(C.STATION_FAILED, tried(A.REROUTE_RIDERS, O.SUCCEEDED)), A.RESET_MODULE),
        (case(C.GROUND_FAULT, tried(A.LOCK_SLOT, O.REJECTED)), A.LOCK_SLOT),
        (case(C.GROUND_FAULT, tried(A.LOCK_SLOT, O.SUCCEEDED)), None),
        (case(C.PACK_FAILED), None),
        (case(C.SLOT_FAILED, source=FaultSource.STAFF), None),
        (case(C.SLOT_FAILED, earlier=FLAPPING), None),
        (case(C.STATION_FAILED, source=FaultSource.STAFF), A.REROUTE_RIDERS),
        (case(C.STATION_FAILED, source=FaultSource.RIDER), None),
    ],
)
def test_what_the_playbook_does_next(known: Case, wanted: Action | None) -> None:
    step = next_step(known)
    assert (None if step is None else step.action) is wanted


LATER = NOW + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("action", "seen", "now", "outcome"),
    [
        (A.RESET_MODULE, Evidence(), NOW, O.PENDING),
        (A.RESET_MODULE, Evidence(accepted=True), NOW, O.PENDING),
        (A.RESET_MODULE, Evidence(accepted=False), NOW, O.REJECTED),
        (A.RESET_MODULE, Evidence(accepted=True, healthy=True), NOW, O.SUCCEEDED),
        (A.RESET_MODULE, Evidence(accepted=True), LATER, O.TIMED_OUT),
        (A.DERATE_CHARGING, Evidence(locked=True), NOW, O.PENDING),
        (A.LOCK_SLOT, Evidence(accepted=True), NOW, O.SUCCEEDED),
        (A.LOCK_SLOT, Evidence(locked=True), NOW, O.SUCCEEDED),
        (A.LOCK_SLOT, Evidence(healthy=True), NOW, O.PENDING),
        (A.LOCK_SLOT, Evidence(), LATER, O.TIMED_OUT),
        (A.REROUTE_RIDERS, Evidence(accepted=True, riders_waiting=2), NOW, O.PENDING),
        (A.REROUTE_RIDERS, Evidence(riders_waiting=0), NOW, O.SUCCEEDED),
        (A.REROUTE_RIDERS, Evidence(riders_waiting=2), LATER, O.TIMED_OUT),
    ],
)
def test_when_an_action_worked(action: Action, seen: Evidence, now: datetime, outcome: Outcome) -> None:
    assert outcome_of(action, LATER, seen, now) is outcome


def test_nothing_known_ranks_a_remote_repair_first_and_claims_no_more_than_a_coin() -> None:
    ranked = rank_actions(C.SLOT_FAILED, {})
    assert ranked[0].action is A.RESET_MODULE
    assert {one.probability for one in ranked} == {0.5}


def test_what_failed_again_and_again_falls_behind_what_worked() -> None:
    history = {A.RESET_MODULE: Record(20, 0, 0.0), A.SWAP_MODULE: Record(20, 19, 19 * 40.0)}
    ranked = rank_actions(C.SLOT_FAILED, history)
    swap = next(one for one in ranked if one.action is A.SWAP_MODULE)
    reset = next(one for one in ranked if one.action is A.RESET_MODULE)
    assert swap.probability == pytest.approx(20 / 22)
    assert reset.probability == pytest.approx(1 / 22)
    assert swap.expected_minutes == pytest.approx((19 * 40 + 60) / 20)
    assert ranked.index(swap) < ranked.index(reset)


records = st.builds(
    lambda tries, part, minutes: Record(tries, int(tries * part), minutes),
    st.integers(0, 500),
    st.floats(0, 1),
    st.floats(0, 10_000),
)


@given(code=st.sampled_from(FaultCode), history=st.dictionaries(st.sampled_from(Action), records))
def test_probabilities_are_never_certain_and_the_cheapest_comes_first(
    code: FaultCode, history: dict[Action, Record]
) -> None:
    ranked = rank_actions(code, history)
    assert all(0 < one.probability < 1 and one.expected_minutes > 0 for one in ranked)
    assert [one.cost_minutes for one in ranked] == sorted(one.cost_minutes for one in ranked)


@given(
    code=st.sampled_from(FaultCode),
    tries=st.lists(st.sampled_from(sorted(set(Action) - MANUAL)), max_size=MAX_COMMANDS + 2),
    source=st.sampled_from(FaultSource),
    earlier=st.integers(0, 5),
)
def test_attempts_are_limited_and_people_remain(
    code: FaultCode, tries: list[Action], source: FaultSource, earlier: int
) -> None:
    known = case(code, *(tried(one, O.TIMED_OUT, 2) for one in tries), source=source, earlier=earlier)
    chosen = choose(known, rank_actions(code, {})).action
    if chosen not in MANUAL:
        assert tries.count(chosen) < MAX_TRIES
        assert len(tries) < MAX_COMMANDS
        assert source is FaultSource.TELEMETRY or source is FaultSource.HEARTBEAT
        assert earlier < FLAPPING
    assert is_allowed(known, A.SEND_TECHNICIAN)


@pytest.mark.parametrize(
    ("code", "source", "waits", "ends"),
    [
        (C.STATION_OFFLINE, FaultSource.HEARTBEAT, True, True),
        (C.SLOT_FAILED, FaultSource.TELEMETRY, False, True),
        (C.SLOT_FAILED, FaultSource.TELEMETRY, True, False),
        (C.GROUND_FAULT, FaultSource.TELEMETRY, False, False),
        (C.STATION_POWER_LOST, FaultSource.TELEMETRY, True, True),
        (C.SLOT_FAILED, FaultSource.STAFF, False, False),
        (C.STATION_OFFLINE, FaultSource.STAFF, False, False),
    ],
)
def test_which_faults_end_by_themselves(
    code: FaultCode, source: FaultSource, *, waits: bool, ends: bool
) -> None:
    assert ends_by_itself(code, source, waits_for_people=waits) is ends


@pytest.mark.parametrize(
    ("silent", "in_contact", "deaf"),
    [(1, 1, False), (9, 9, False), (5, 10, False), (6, 10, True), (10, 10, True), (1250, 2500, False)],
)
def test_when_most_stations_are_silent_at_once_we_are_deaf(silent: int, in_contact: int, deaf: bool) -> None:
    assert are_we_deaf(silent, in_contact) is deaf


def test_the_sla_is_30_120_and_480_minutes() -> None:
    assert {one: SLA[one] / timedelta(minutes=1) for one in Severity} == {
        Severity.CRITICAL: 30,
        Severity.MAJOR: 120,
        Severity.MINOR: 480,
    }


@given(severity=st.sampled_from(Severity), late=st.timedeltas(-timedelta(days=1), timedelta(days=3)))
def test_a_ticket_is_escalated_when_it_was_said_that_it_would(severity: Severity, late: timedelta) -> None:
    level = escalation(NOW, severity, NOW + late)
    assert 0 <= level <= MAX_ESCALATION
    upcoming = next_escalation_at(NOW, severity, level)
    if upcoming is not None:
        assert NOW + late < upcoming
        assert escalation(NOW, severity, upcoming) == level + 1
