"""What the swapping slice refuses."""

from navswap.infra.idempotency import IdempotencyConflictError as IdempotencyConflictError  # noqa: PLC0414 - until the slice uses infra.idempotency
from navswap.kit.errors import NavSwapError


class NoChargedPackError(NavSwapError):
    """No pack of the promised charge is free at this station; choose another one or try again later."""

    code = "NO_CHARGED_PACK"


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
    """The QR token was scanned and the swap is under way; it can no longer be cancelled."""

    code = "SWAP_UNDER_WAY"


class QrInvalidError(NavSwapError):
    """The QR token is not ours or was changed."""

    code = "QR_INVALID"


class QrOutsideWindowError(NavSwapError):
    """The QR token is not good yet or no longer good; the rider confirms anew."""

    code = "QR_OUTSIDE_WINDOW"


class QrAlreadyUsedError(NavSwapError):
    """The QR token was scanned before; it is good once."""

    code = "QR_ALREADY_USED"


class WrongStationError(NavSwapError):
    """The hold is for another station."""

    code = "WRONG_STATION"


class RiderNotAtStationError(NavSwapError):
    """No recent position of the rider lies within the fence of the station."""

    code = "RIDER_NOT_AT_STATION"


class NotVerifiedError(NavSwapError):
    """The QR token of the entry was not scanned yet."""

    code = "NOT_VERIFIED"


class ReturnPackMissingError(NavSwapError):
    """The rider has a pack and must hand it in; scan it."""

    code = "RETURN_PACK_MISSING"


class BadReadingError(NavSwapError):
    """A measured value is impossible, or there are too many of them."""

    code = "BAD_READING"


class BadIdempotencyKeyError(NavSwapError):
    """The idempotency key is empty or too long: it has 1 to 100 characters."""

    code = "BAD_IDEMPOTENCY_KEY"
