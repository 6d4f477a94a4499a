"""What an agent meets that is no answer to what it asked."""

from navswap.kit.errors import NavSwapError


class RefusedError(NavSwapError):
    """The API refused an operation for an expected reason, as a member of its result; `code` is a RefusalCode."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.code = code


class OperationFailedError(NavSwapError):
    """The API answered with an error of GraphQL; `code` is its `extensions.code`."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.code = code


class NoAnswerError(NavSwapError):
    """The server did not answer, or not as one, as often as it was asked."""

    code = "NO_ANSWER"


class SignInRefusedError(NavSwapError):
    """The password of an account is not the published one."""

    code = "SIGN_IN_REFUSED"
