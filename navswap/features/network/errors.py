"""What the network overview refuses."""

from navswap.kit.errors import NavSwapError


class BadSpanError(NavSwapError):
    """The span of the statistics is impossible or asks for too much."""

    code = "BAD_SPAN"


class BadPackFilterError(NavSwapError):
    """The filter of packs means all packs, or a value of it is impossible."""

    code = "BAD_PACK_FILTER"
