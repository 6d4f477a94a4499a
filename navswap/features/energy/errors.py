"""What the energy slice refuses."""

from navswap.kit.errors import NavSwapError


class TariffNotFoundError(NavSwapError):
    """There is no tariff with this id."""

    code = "TARIFF_NOT_FOUND"
