"""What the energy slice refuses."""

from navswap.kit.errors import NavSwapError


class BadFeederLimitError(NavSwapError):
    """The limit of a shed is impossible, or its end does not lie within the next day."""

    code = "BAD_FEEDER_LIMIT"


class BadMeterReadingError(NavSwapError):
    """A meter reading is impossible, or there are too many of them."""

    code = "BAD_METER_READING"


class MeterReadingConflictError(NavSwapError):
    """Another reading covers this time already; a reading is reported once, and stays."""

    code = "METER_READING_CONFLICT"


class BadTariffError(NavSwapError):
    """The prices, hours, time zone or name of a tariff are impossible."""

    code = "BAD_TARIFF"


class TariffNotFoundError(NavSwapError):
    """There is no tariff with this id."""

    code = "TARIFF_NOT_FOUND"


class BadPeriodError(NavSwapError):
    """The period asked for is empty or too long."""

    code = "BAD_PERIOD"
