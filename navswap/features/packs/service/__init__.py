"""Use cases of packs: what is done with one, and taking many out of use."""

from dataclasses import dataclass

from navswap.features.packs.domain.counting import PackCount, at_station, best_free, count_packs
from navswap.features.packs.domain.custody import may_be_handed_out
from navswap.features.packs.domain.fitness import PackAction
from navswap.features.packs.domain.models import described_model
from navswap.features.packs.domain.values import (
    WITHDRAWN,
    ChargingPack,
    Condition,
    Pack,
    PackReading,
    Place,
    PlaceKind,
    Slot,
)
from navswap.features.packs.reading import PackReader, StoredPackReader
from navswap.features.packs.service.models import PackModelService
from navswap.features.packs.service.packs import PackIntoSlot, PackService
from navswap.features.packs.service.readiness import AtFullPower, Readiness, ReadinessForecaster
from navswap.features.packs.service.withdrawals import Change, WithdrawalService
from navswap.features.packs.storage import PackFilter
from navswap.services import SliceServices

__all__ = [
    "WITHDRAWN",
    "AtFullPower",
    "Change",
    "ChargingPack",
    "Condition",
    "Pack",
    "PackAction",
    "PackCount",
    "PackFilter",
    "PackIntoSlot",
    "PackModelService",
    "PackReader",
    "PackReading",
    "PackService",
    "PacksServices",
    "Place",
    "PlaceKind",
    "Readiness",
    "ReadinessForecaster",
    "Slot",
    "StoredPackReader",
    "WithdrawalService",
    "at_station",
    "best_free",
    "count_packs",
    "described_model",
    "may_be_handed_out",
]


@dataclass(frozen=True, slots=True)
class PacksServices(SliceServices):
    """What the slice packs offers."""

    reader: PackReader
    packs: PackService
    models: PackModelService
    withdrawals: WithdrawalService
    readiness: Readiness
