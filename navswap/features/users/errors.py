"""What the users slice refuses."""

from navswap.kit.errors import NavSwapError


class InvalidCredentialsError(NavSwapError):
    """The e-mail address and the password do not belong together; which of them is wrong is not said."""

    code = "INVALID_CREDENTIALS"


class InvalidRefreshTokenError(NavSwapError):
    """The refresh token is unknown, too old, or was used before; a reused one ends the whole session."""

    code = "INVALID_REFRESH_TOKEN"


class TooManyAttemptsError(NavSwapError):
    """Too many sign-in attempts from this address; wait as long as the message says."""

    code = "TOO_MANY_ATTEMPTS"


class EmailTakenError(NavSwapError):
    """Another user signs in with this e-mail address."""

    code = "EMAIL_TAKEN"


class UserNotFoundError(NavSwapError):
    """There is no user with this id."""

    code = "USER_NOT_FOUND"


class OwnRoleError(NavSwapError):
    """An administrator does not change the own role, so that the network keeps an administrator."""

    code = "OWN_ROLE"


class RiderNotFoundError(NavSwapError):
    """There is no rider with this id."""

    code = "RIDER_NOT_FOUND"
