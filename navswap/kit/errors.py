"""The one root of what can go wrong in an expected way."""


class NavSwapError(Exception):
    """An expected refusal.

    `code` is stable and machine-readable, `message` says to a person what happened and what to do.
    Slices subclass it in their `errors.py`; the edge turns a subclass into its GraphQL type.
    """

    code: str = "NAVSWAP_ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
