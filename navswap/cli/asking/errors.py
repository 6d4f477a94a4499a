"""What keeps a document from its answer, each with the exit code of the command."""

from navswap.kit.errors import NavSwapError

REFUSED, MISUSED, UNREACHED = 1, 2, 3


class AskingError(NavSwapError):
    """A question that got no answer; `exit_code` is that of the command."""

    exit_code = REFUSED


class RefusedByApiError(AskingError):
    """The API answered with an error, or with a refusal."""

    code = "REFUSED"


class MisusedError(AskingError):
    """The document, its variables or the options do not fit each other."""

    code = "MISUSED"
    exit_code = MISUSED


class UnreachedError(AskingError):
    """No server answered at the address, or the connection was lost for good."""

    code = "UNREACHED"
    exit_code = UNREACHED
