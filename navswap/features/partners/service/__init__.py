"""Use cases of partners: shops, plans where to store, requests, fees."""

from dataclasses import dataclass

from navswap.features.partners.documents import (
    OpeningSpan,
    OpenRequests,
    PartnerShop,
    RequestState,
    ShopBasis,
    ShopTotals,
    StoragePlan,
    StorageRequest,
    Weekday,
)
from navswap.features.partners.rules import acceptance_rate, is_open, read_opening_hours
from navswap.features.partners.service.fees import StorageFeeService
from navswap.features.partners.service.plans import StoragePlanService, Wanted
from navswap.features.partners.service.ports import LastValues, StorageForecast, StorageForecaster
from navswap.features.partners.service.register import ShopRecord, ShopRegister
from navswap.features.partners.service.requests import StorageRequestService
from navswap.features.partners.service.shops import ShopService
from navswap.services import SliceServices

__all__ = [
    "LastValues",
    "OpenRequests",
    "OpeningSpan",
    "PartnerShop",
    "PartnersServices",
    "RequestState",
    "ShopBasis",
    "ShopRecord",
    "ShopRegister",
    "ShopService",
    "ShopTotals",
    "StorageFeeService",
    "StorageForecast",
    "StorageForecaster",
    "StoragePlan",
    "StoragePlanService",
    "StorageRequest",
    "StorageRequestService",
    "Wanted",
    "Weekday",
    "acceptance_rate",
    "is_open",
    "read_opening_hours",
]


@dataclass(frozen=True, slots=True)
class PartnersServices(SliceServices):
    """What the slice partners offers."""

    shops: ShopService
    register: ShopRegister
    plans: StoragePlanService
    requests: StorageRequestService
    fees: StorageFeeService
