"""What a reading means: which faults it shows, which it shows the end of, and when silence is not the stations'."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from navswap.features.faults.catalogue import (
    CURRENT_AMPERES,
    DEVICE_CODES,
    GENERIC,
    KINDS,
    NO_ERROR,
    TEMPERATURE_CELSIUS,
    Component,
    FaultCode,
    Limit,
)

LATEST = timedelta(minutes=15)
"""A reading older than this no longer tells what is."""

EARLY = timedelta(minutes=1)
"""How far ahead the clock of a station may be."""

POSSIBLE_CELSIUS = (-60.0, 1_500.0)
"""What a sensor at a station can measure: from the hardest frost to a burning pack."""

POSSIBLE_AMPERES = (-1_000.0, 1_000.0)
"""Far beyond what a slot carries; no cable of a station does."""

LEAST_TO_DOUBT_OURSELVES = 10
"""Stations in contact, from which on their majority does not fall silent by itself."""


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
    locked: bool | None = None

    @property
    def has_error(self) -> bool:
        """Tell whether the device reports an error."""
        return self.error_code is not None and self.error_code != NO_ERROR


def subject_of(component: Component, evse_id: int | None, serial_number: str | None) -> str:
    """Return what of a station a fault is about; a slot and its charger are one place."""
    if component is Component.PACK:
        return f"pack:{serial_number}"
    return f"slot:{evse_id}" if component in {Component.SLOT, Component.CHARGER} else "station"


def reading_rejection(
    reading: Reading, slot_count: int, serial_numbers: Collection[str], now: datetime
) -> ReadingRejection | None:
    """Return why a reading of a station with these slots and packs cannot be used; None where it can."""
    if reading.measured_at > now + EARLY:
        return ReadingRejection.FROM_THE_FUTURE
    if reading.measured_at < now - LATEST:
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


def findings(reading: Reading) -> frozenset[FaultCode]:
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
    """Tell whether a reading shows that a fault of this code, in its place, is over."""
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


def are_we_deaf(silent: int, in_contact: int) -> bool:
    """Tell whether so many stations fell silent that it is us who do not hear: an API that was down, a lost uplink.

    Declaring them offline would move or end every hold of the network. `silent` of `in_contact` stations were heard
    before, but not of late.
    """
    return in_contact >= LEAST_TO_DOUBT_OURSELVES and 2 * silent > in_contact


def _is_possible(value: float | None, bounds: tuple[float, float]) -> bool:
    """Tell whether a value was left out or lies within bounds; what is not a number does not."""
    return value is None or bounds[0] <= value <= bounds[1]


def _worst(limits: tuple[Limit, ...], value: float | None) -> FaultCode | None:
    if value is None:
        return None
    return next((limit.code for limit in limits if value >= limit.raises), None)
