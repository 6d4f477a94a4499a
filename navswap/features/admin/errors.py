"""What the admin slice refuses."""

from navswap.errors import NavSwapError


class BadSpanError(NavSwapError):
    """The span of the statistics is impossible or asks for too much."""

    code = "BAD_SPAN"
