"""What the credits slice refuses."""

from navswap.kit.errors import NavSwapError


class InsufficientCreditsError(NavSwapError):
    """The account has fewer credits than would be taken from it; only the network's own accounts go below zero."""

    code = "INSUFFICIENT_CREDITS"


class ReferenceConflictError(NavSwapError):
    """The reference was used for another posting; a new one needs a new reference."""

    code = "REFERENCE_CONFLICT"


class CreditAccountNotFoundError(NavSwapError):
    """There is no user with this id, so there is no account."""

    code = "CREDIT_ACCOUNT_NOT_FOUND"
