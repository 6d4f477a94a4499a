"""What the procurement slice refuses."""

from navswap.kit.errors import NavSwapError


class StockOrderNotFoundError(NavSwapError):
    """There is no stock order with this id."""

    code = "STOCK_ORDER_NOT_FOUND"


class StockOrderDecidedError(NavSwapError):
    """The stock order is not in the state that this needs: it was decided otherwise, or a newer one took its place."""

    code = "STOCK_ORDER_DECIDED"


class MorePacksThanOrderedError(NavSwapError):
    """More packs were scanned than were ordered."""

    code = "MORE_PACKS_THAN_ORDERED"


class DepotNotFoundError(NavSwapError):
    """There is no depot with this id."""

    code = "DEPOT_NOT_FOUND"


class TransporterNotFoundError(NavSwapError):
    """There is no transporter with this id."""

    code = "TRANSPORTER_NOT_FOUND"
