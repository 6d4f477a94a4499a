"""The code of a hold, which the rider shows as a QR code and the station scans."""

from dataclasses import dataclass
from datetime import datetime

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.errors import QrOutsideWindowError, WrongStationError


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says: which hold, of which rider, at which station, and from when to when."""

    token_id: str
    entry_id: str
    station_id: str
    rider_id: str
    not_before: datetime
    expires_at: datetime


def code_of(entry: QueueEntry) -> Code:
    """Return the present code of an entry; asking again gives the same one."""
    return Code(
        token_id=entry.code_id,
        entry_id=entry.id,
        station_id=entry.station_id,
        rider_id=entry.rider_id,
        not_before=entry.confirmed_at,
        expires_at=entry.code_expires_at,
    )


def require_window(code: Code, now: datetime, parameters: SwappingParameters) -> None:
    """Raise QrOutsideWindowError unless a code is good at a time."""
    if now < code.not_before - parameters.code_early or now >= code.expires_at:
        raise QrOutsideWindowError("This QR code is not good at this time; the rider confirms again.")


def require_station(code: Code, station_id: str) -> None:
    """Raise WrongStationError unless a code is for the station that scanned it."""
    if code.station_id != station_id:
        raise WrongStationError("This hold is for another station; send the rider there.")
