"""What the swapping slice refuses."""

from datetime import datetime

from navswap.kit.errors import NavSwapError
from navswap.kit.presence import Absence


class NoChargedPackError(NavSwapError):
    """Too few packs of the promised charge are free at this station; choose another one or try again later."""

    code = "NO_CHARGED_PACK"

    def __init__(self, ready: int, wanted: int) -> None:
        """Say how many packs are ready for a visit that takes `wanted`, all or none."""
        found = "No pack" if ready == 0 else f"Only {ready} of the {wanted} packs of this visit"
        super().__init__(
            f"{found} of the promised charge {'is' if ready < 2 else 'are'} free here; ask `recommend` for another station."
        )
        self.ready = ready
        self.wanted = wanted


class StationClosedError(NavSwapError):
    """The station hands out no packs now, or closes before the hold would end; choose another one."""

    code = "STATION_CLOSED"

    def __init__(self, opens_at: datetime | None = None) -> None:
        """Say when the station opens, in its time zone; None where no time is known."""
        opens = "" if opens_at is None else f" It opens on {opens_at:%Y-%m-%d at %H:%M} ({opens_at.tzinfo})."
        super().__init__(f"This station gives no holds now; choose another one.{opens}")
        self.opens_at = opens_at


class AlreadyQueuedError(NavSwapError):
    """The rider has an active entry already; cancel it first."""

    code = "ALREADY_QUEUED"


class EntryNotFoundError(NavSwapError):
    """There is no such queue entry, or it is not yours."""

    code = "ENTRY_NOT_FOUND"


class HoldEndedError(NavSwapError):
    """The hold has ended: it was fulfilled, cancelled, or its time ran out."""

    code = "HOLD_ENDED"


class SwapUnderWayError(NavSwapError):
    """The QR code was scanned and the swap is under way; it can only be cancelled where the station has no pack for it."""

    code = "SWAP_UNDER_WAY"


class QrInvalidError(NavSwapError):
    """The QR code is not one of NavSwap, was changed, or belongs to no hold."""

    code = "QR_INVALID"


class QrOutsideWindowError(NavSwapError):
    """The QR code is not good yet or no longer good; the rider confirms again."""

    code = "QR_OUTSIDE_WINDOW"


class QrAlreadyUsedError(NavSwapError):
    """The QR code was scanned before; it is good once."""

    code = "QR_ALREADY_USED"


class WrongStationError(NavSwapError):
    """The hold is for another station."""

    code = "WRONG_STATION"


class RiderNotAtStationError(NavSwapError):
    """No recent position of the rider lies within the fence of the station."""

    code = "RIDER_NOT_AT_STATION"

    def __init__(self, absence: Absence, rejection: str | None = None) -> None:
        """Say why the newest position proves nothing, and why the newest report of the rider did not count, if it did not."""
        unused = "" if rejection is None else f" The last report of the phone did not count: {rejection}."
        super().__init__(
            f"The rider is not seen at this station: {absence.words}.{unused} Open the app at the station and scan again."
        )
        self.absence = absence
        self.rejection = rejection


class NotVerifiedError(NavSwapError):
    """The QR code of the entry was not scanned yet."""

    code = "NOT_VERIFIED"


class SwapCompletedOtherwiseError(NavSwapError):
    """The swap was completed before, with other packs or slots than this request names."""

    code = "SWAP_COMPLETED_OTHERWISE"


class ReturnPackMissingError(NavSwapError):
    """The rider has packs of the network and must hand in all of them; scan each."""

    code = "RETURN_PACK_MISSING"
