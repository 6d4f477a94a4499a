import pytest

from navswap.features.faults.domain.catalogue import (
    CONTAINING,
    KINDS,
    MANUAL,
    PEOPLE,
    REMOTE,
    Component,
    FaultCode,
    Pause,
    Severity,
)
from navswap.features.faults.domain.containment import (
    Closure,
    closures,
    ends_by_itself,
    faulty_pack,
    pause_of,
)
from navswap.features.faults.domain.lifecycle import end
from navswap.features.faults.domain.values import FaultSource
from tests.domain.faults.builders import NOW, acting

C = FaultCode


def test_every_code_can_be_left_to_people_and_pauses_what_it_is_about() -> None:
    for code in FaultCode:
        kind = KINDS[code]
        assert PEOPLE[kind.component]
        assert not {step.action for step in kind.playbook} & MANUAL
        assert {step.action for step in kind.playbook} - CONTAINING <= set(REMOTE[kind.component])
        if kind.pause is Pause.PACK:
            assert kind.component is Component.PACK
        if kind.severity is Severity.CRITICAL:
            assert kind.pause is not Pause.NOTHING


@pytest.mark.parametrize("code", FaultCode)
def test_a_riders_word_pauses_no_station(code: FaultCode) -> None:
    assert pause_of(code, FaultSource.RIDER) not in {Pause.STATION, Pause.SLOT_FAULTED}
    assert pause_of(code, FaultSource.TELEMETRY) is KINDS[code].pause


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
    ("code", "source", "closed", "pack"),
    [
        (C.SLOT_HOT, FaultSource.TELEMETRY, (), None),
        (C.SLOT_FAILED, FaultSource.TELEMETRY, (Closure(1, is_faulted=True),), None),
        (C.SLOT_FAILED, FaultSource.RIDER, (Closure(1, is_faulted=False),), None),
        (C.CHARGER_OVERHEATED, FaultSource.TELEMETRY, (Closure(1, is_faulted=False),), None),
        (C.GROUND_FAULT, FaultSource.TELEMETRY, (Closure(1, is_faulted=True),), None),
        (C.PACK_FAILED, FaultSource.TELEMETRY, (), "P1"),
        (C.PACK_OVERHEATED, FaultSource.TELEMETRY, (Closure(1, is_faulted=False),), "P1"),
        (C.STATION_DAMAGED, FaultSource.STAFF, (Closure(None, is_faulted=True),), None),
        (C.STATION_DAMAGED, FaultSource.RIDER, (), None),
    ],
)
def test_what_a_fault_keeps_out_of_use_until_it_is_over(
    code: FaultCode, source: FaultSource, closed: tuple[Closure, ...], pack: str | None
) -> None:
    fault = acting(code, source)
    assert (closures(fault), faulty_pack(fault)) == (closed, pack)
    over = end(fault, NOW).after
    assert (closures(over), faulty_pack(over)) == ((), None)
