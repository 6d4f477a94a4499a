"""Use cases of packs: what is done with one, and taking many out of use."""

from navswap.features.packs.documents import Condition, Pack, Place, PlaceKind
from navswap.features.packs.service.packs import (
    PackCount,
    PackReading,
    PackService,
    count_packs,
    may_be_handed_out,
)
from navswap.features.packs.service.withdrawals import Change, Deed, PackFilter, WithdrawalService

__all__ = [
    "Change",
    "Condition",
    "Deed",
    "Pack",
    "PackCount",
    "PackFilter",
    "PackReading",
    "PackService",
    "Place",
    "PlaceKind",
    "WithdrawalService",
    "count_packs",
    "may_be_handed_out",
]
