import pytest

from navswap.features.faults.domain.catalogue import Component, FaultCode
from navswap.features.faults.domain.reports import findings_of, place
from navswap.features.faults.domain.values import FaultSource, Finding
from navswap.kit.errors import InvalidInputError
from tests.domain.faults.builders import finding, reading

C = FaultCode


def test_a_reading_of_a_pack_is_a_finding_in_its_slot() -> None:
    hot = reading(Component.PACK, serial_number="P1", temperature_celsius=65, error_code="Unknown")
    assert [(found.code, found.evse_id, found.serial_number) for found in findings_of(hot, "s1", 7)] == [
        (C.PACK_FAILED, 7, "P1"),
        (C.PACK_OVERHEATED, 7, "P1"),
    ]


def test_a_reading_of_a_slot_is_a_finding_of_no_pack() -> None:
    [found] = findings_of(reading(evse_id=2, serial_number="P1", error_code="Unknown"), "s1", 7)
    assert (found.evse_id, found.serial_number, found.source) == (2, None, FaultSource.TELEMETRY)
    assert found.description == "Device error Unknown."
    assert findings_of(reading(evse_id=2), "s1", None) == []


@pytest.mark.parametrize(
    ("reported", "field"),
    [
        (finding(C.LATCH_STUCK, evse_id=None), "evseId"),
        (finding(C.LATCH_STUCK, evse_id=13), "evseId"),
        (finding(C.STATION_DAMAGED, evse_id=0), "evseId"),
        (finding(C.PACK_FAILED, evse_id=None), "serialNumber"),
        (finding(C.PACK_FAILED, evse_id=None, serial_number="P1"), "serialNumber"),
    ],
)
def test_a_report_without_its_place_is_refused(reported: Finding, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        place(reported, 12, None)
    assert refused.value.field == field


def test_a_pack_is_placed_in_the_slot_where_it_is() -> None:
    assert place(finding(C.PACK_FAILED, evse_id=3, serial_number="P1"), 12, 5).evse_id == 5
    stuck = finding(C.LATCH_STUCK, evse_id=12)
    assert place(stuck, 12, None) is stuck
