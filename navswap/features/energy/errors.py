"""What the energy slice refuses."""

from navswap.kit.errors import NavSwapError


class MeterReadingConflictError(NavSwapError):
    """Another reading covers this time already; a reading is reported once, and stays."""

    code = "METER_READING_CONFLICT"


class TariffNotFoundError(NavSwapError):
    """There is no tariff with this id."""

    code = "TARIFF_NOT_FOUND"
