from datetime import timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.faults.domain.catalogue import Component, FaultCode
from navswap.features.faults.domain.readings import (
    Reading,
    ReadingRejection,
    faults_shown,
    is_ingest_outage,
    reading_rejection,
    shows_health,
)
from tests.domain.faults.builders import NOW, PLAIN, reading

SLOT, CHARGER, PACK, STATION = Component.SLOT, Component.CHARGER, Component.PACK, Component.STATION
C = FaultCode


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
    assert faults_shown(measured) == codes


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
    for code in faults_shown(measured):
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
    assert reading_rejection(measured, 12, {"P"}, NOW, PLAIN) is rejected


@pytest.mark.parametrize(
    ("silent", "in_contact", "outage"),
    [(1, 1, False), (9, 9, False), (5, 10, False), (6, 10, True), (10, 10, True), (1250, 2500, False)],
)
def test_most_stations_silent_at_once_are_an_outage_of_ingest(
    silent: int, in_contact: int, outage: bool
) -> None:
    assert is_ingest_outage(silent, in_contact, PLAIN) is outage
