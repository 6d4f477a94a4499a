"""The bonus for empty packs, as a station's stock prices it now."""

from navswap.features.stations.service import Station, StationState
from navswap.features.swapping.documents import BonusQuote
from navswap.features.swapping.rules import quote_bonus


def bonus_at(station: Station) -> BonusQuote:
    """Return what an empty pack earns at a station as it was read; nothing where it hands out no packs."""
    stock = station.status.stock
    free = stock.free_packs if station.status.state is StationState.OPEN else 0
    return quote_bonus(free, stock.charging_packs, stock.empty_slots)
