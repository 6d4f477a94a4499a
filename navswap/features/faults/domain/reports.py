"""What is reported, put in its place: the findings of a reading, and what a person must name."""

from dataclasses import replace

from navswap.features.faults.domain.catalogue import KINDS, Component
from navswap.features.faults.domain.readings import Reading, faults_shown
from navswap.features.faults.domain.values import FaultSource, Finding
from navswap.kit.errors import InvalidInputError
from navswap.kit.slots import require_slot


def findings_of(reading: Reading, station_id: str, pack_slot: int | None) -> list[Finding]:
    """Return a finding for each fault that a reading shows; `pack_slot` is where its pack is, if it is about one."""
    is_of_pack = reading.component is Component.PACK
    return [
        Finding(
            station_id=station_id,
            code=code,
            source=FaultSource.TELEMETRY,
            seen_at=reading.measured_at,
            evse_id=pack_slot if is_of_pack else reading.evse_id,
            serial_number=reading.serial_number if is_of_pack else None,
            description=f"Device error {reading.error_code}." if reading.has_error else "",
        )
        for code in sorted(faults_shown(reading))
    ]


def place(finding: Finding, slot_count: int, pack_slot: int | None) -> Finding:
    """Return what a person reported, with the slot of its pack; `pack_slot` is None where no slot there has it.

    Raises InvalidInputError where the slot or pack that the code is about is missing or not there.
    """
    component = KINDS[finding.code].component
    require_slot("evse_id", finding.evse_id, slot_count)
    if component in {Component.SLOT, Component.CHARGER} and finding.evse_id is None:
        raise InvalidInputError("evse_id", "Name the slot that has this fault.")
    if component is not Component.PACK:
        return finding
    if finding.serial_number is None:
        raise InvalidInputError("serial_number", "Give the serial number of the pack that has this fault.")
    if pack_slot is None:
        raise InvalidInputError(
            "serial_number", f"Pack {finding.serial_number} is in no slot of this station."
        )
    return replace(finding, evse_id=pack_slot)
