"""Use cases of packs: what is done with one, and taking many out of use."""

from navswap.features.batteries.documents import Battery, Condition, Place, PlaceKind
from navswap.features.batteries.service.packs import (
    BatteryService,
    PackCount,
    PackReading,
    count_packs,
    may_be_handed_out,
)
from navswap.features.batteries.service.withdrawals import Change, Deed, PackFilter, WithdrawalService

__all__ = [
    "Battery",
    "BatteryService",
    "Change",
    "Condition",
    "Deed",
    "PackCount",
    "PackFilter",
    "PackReading",
    "Place",
    "PlaceKind",
    "WithdrawalService",
    "count_packs",
    "may_be_handed_out",
]
