"""Use cases of packs: what is done with one, and taking many out of use."""

from dataclasses import dataclass

from navswap.features.packs.documents import Condition, Pack, Place, PlaceKind
from navswap.features.packs.service.packs import (
    PackCount,
    PackReading,
    PackService,
    count_packs,
    may_be_handed_out,
)
from navswap.features.packs.service.withdrawals import Change, Deed, PackFilter, WithdrawalService
from navswap.services import SliceServices

__all__ = [
    "Change",
    "Condition",
    "Deed",
    "Pack",
    "PackCount",
    "PackFilter",
    "PackReading",
    "PackService",
    "PacksServices",
    "Place",
    "PlaceKind",
    "WithdrawalService",
    "count_packs",
    "may_be_handed_out",
]


@dataclass(frozen=True, slots=True)
class PacksServices(SliceServices):
    """What the slice packs offers."""

    packs: PackService
    withdrawals: WithdrawalService
