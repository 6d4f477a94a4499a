"""What a reading means: which faults it shows, which it shows the end of, and when silence is an outage of ingest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from navswap.features.faults.domain.catalogue import (
    CURRENT_AMPERES,
    DEVICE_CODES,
    GENERIC,
    KINDS,
    NO_ERROR,
    TEMPERATURE_CELSIUS,
    Action,
    Component,
    FaultCode,
    Limit,
)
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault, subject_of

POSSIBLE_CELSIUS = (-60.0, 1_500.0)
"""What a sensor at a station can measure: from the hardest frost to a burning pack."""

POSSIBLE_AMPERES = (-1_000.0, 1_000.0)
"""Far beyond what a slot carries; no cable of a station does."""


class ReadingRejection(StrEnum):
    """Why a reading was not used."""

    TOO_OLD = "TOO_OLD"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    NO_SUCH_SLOT = "NO_SUCH_SLOT"
    NO_SUCH_PACK = "NO_SUCH_PACK"
    IMPOSSIBLE_VALUE = "IMPOSSIBLE_VALUE"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a station measured of one of its components; an `error_code` None means that it reports no error."""

    component: Component
    measured_at: datetime
    evse_id: int | None = None
    serial_number: str | None = None
    temperature_celsius: float | None = None
    current_amperes: float | None = None
    error_code: str | None = None
    is_locked: bool | None = None

    @property
    def has_error(self) -> bool:
        """Return whether the device reports an error."""
        return self.error_code is not None and self.error_code != NO_ERROR


def reading_rejection(
    reading: Reading,
    slot_count: int,
    serial_numbers: Collection[str],
    now: datetime,
    parameters: FaultParameters,
) -> ReadingRejection | None:
    """Return why a reading of a station with these slots and packs cannot be used; None where it can."""
    if reading.measured_at > now + parameters.clock_skew:
        return ReadingRejection.FROM_THE_FUTURE
    if reading.measured_at < now - parameters.reading_age:
        return ReadingRejection.TOO_OLD
    if not (
        _is_possible(reading.temperature_celsius, POSSIBLE_CELSIUS)
        and _is_possible(reading.current_amperes, POSSIBLE_AMPERES)
    ):
        return ReadingRejection.IMPOSSIBLE_VALUE
    if reading.component is Component.PACK:
        is_here = reading.serial_number is not None and reading.serial_number in serial_numbers
        return None if is_here else ReadingRejection.NO_SUCH_PACK
    if reading.component in {Component.SLOT, Component.CHARGER} and not (
        reading.evse_id is not None and 1 <= reading.evse_id <= slot_count
    ):
        return ReadingRejection.NO_SUCH_SLOT
    return None


_FIELDS = {
    ReadingRejection.TOO_OLD: "measuredAt",
    ReadingRejection.FROM_THE_FUTURE: "measuredAt",
    ReadingRejection.NO_SUCH_SLOT: "evseId",
    ReadingRejection.NO_SUCH_PACK: "serialNumber",
}


def rejected_field(reading: Reading, reason: ReadingRejection) -> str:
    """Return which field of a reading a rejection is about, by its name in the API."""
    if reason is not ReadingRejection.IMPOSSIBLE_VALUE:
        return _FIELDS[reason]
    celsius = reading.temperature_celsius
    return "currentAmperes" if _is_possible(celsius, POSSIBLE_CELSIUS) else "temperatureCelsius"


def faults_shown(reading: Reading) -> frozenset[FaultCode]:
    """Return the faults that a reading shows; of several limits that one value passes, the worst."""
    found = {
        _worst(TEMPERATURE_CELSIUS.get(reading.component, ()), reading.temperature_celsius),
        _worst(CURRENT_AMPERES.get(reading.component, ()), reading.current_amperes),
    }
    if reading.has_error:
        named = DEVICE_CODES.get((reading.component, reading.error_code or ""))
        found.add(named or GENERIC.get(reading.component))
    return frozenset(code for code in found if code is not None)


def shows_health(code: FaultCode, reading: Reading) -> bool:
    """Return whether a reading shows that a fault of this code, in its place, is over."""
    if code is FaultCode.STATION_OFFLINE:
        return True
    if reading.component is not KINDS[code].component or reading.has_error:
        return False
    for limits, value in (
        (TEMPERATURE_CELSIUS, reading.temperature_celsius),
        (CURRENT_AMPERES, reading.current_amperes),
    ):
        for limit in limits.get(reading.component, ()):
            if limit.code is code:
                return value is not None and value <= limit.clears
    return True


def concerns(reading: Reading, fault: Fault) -> bool:
    """Return whether a reading is of the place of a fault, and can say something about it."""
    if fault.code is FaultCode.STATION_OFFLINE:
        return reading.component is Component.COMMUNICATION
    subject = subject_of(reading.component, reading.evse_id, reading.serial_number)
    if reading.component is Component.COMMUNICATION or subject != fault.subject:
        pending = fault.pending
        awaits_lock = pending is not None and pending.action is Action.LOCK_SLOT
        return awaits_lock and reading.is_locked is True and reading.evse_id == fault.evse_id
    return reading.is_locked is True or shows_health(fault.code, reading)


def is_ingest_outage(silent: int, in_contact: int, parameters: FaultParameters) -> bool:
    """Return whether so many stations fell silent at once that telemetry does not arrive: an API or uplink that was down.

    Declaring them offline would move or end every hold of the network. `silent` of `in_contact` stations were seen
    before, but not of late.
    """
    return in_contact >= parameters.outage_contacts and 2 * silent > in_contact


def _is_possible(value: float | None, bounds: tuple[float, float]) -> bool:
    """Return whether a value was left out or lies within bounds; what is not a number does not."""
    return value is None or bounds[0] <= value <= bounds[1]


def _worst(limits: tuple[Limit, ...], value: float | None) -> FaultCode | None:
    if value is None:
        return None
    return next((limit.code for limit in limits if value >= limit.raises), None)
