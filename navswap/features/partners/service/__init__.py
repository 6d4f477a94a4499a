"""Use cases of partners: shops, plans where to store, requests, fees."""

from dataclasses import dataclass

from navswap.features.partners.domain.handovers import Direction, HandoverCode
from navswap.features.partners.domain.opening_hours import read_opening_hours
from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.shops import ShopRecord
from navswap.features.partners.domain.values import (
    OpeningSpan,
    OpenRequests,
    PartnerShop,
    RequestState,
    ShopTotals,
    StorageCandidate,
    StoragePlan,
    StorageRequest,
    Wanted,
    Weekday,
)
from navswap.features.partners.service.fees import StorageFeeService
from navswap.features.partners.service.forecasts import LastValuesForecaster, StorageForecaster
from navswap.features.partners.service.handovers import HandoverService
from navswap.features.partners.service.model_forecasts import ModelStorage
from navswap.features.partners.service.plans import PlannedStorage, StoragePlanService
from navswap.features.partners.service.register import ShopRegister
from navswap.features.partners.service.requests import StorageRequestService
from navswap.features.partners.service.shops import ShopService
from navswap.features.partners.service.trips import Trips, TripTracker
from navswap.features.partners.storage import RequestFilter
from navswap.services import SliceServices

__all__ = [
    "Direction",
    "HandoverCode",
    "HandoverService",
    "LastValuesForecaster",
    "ModelStorage",
    "OpenRequests",
    "OpeningSpan",
    "PartnerShop",
    "PartnersServices",
    "PlannedStorage",
    "RequestFilter",
    "RequestState",
    "ShopRecord",
    "ShopRegister",
    "ShopService",
    "ShopTotals",
    "StorageCandidate",
    "StorageFeeService",
    "StorageForecaster",
    "StorageParameters",
    "StoragePlan",
    "StoragePlanService",
    "StorageRequest",
    "StorageRequestService",
    "TripTracker",
    "Trips",
    "Wanted",
    "Weekday",
    "read_opening_hours",
]


@dataclass(frozen=True, slots=True)
class PartnersServices(SliceServices):
    """What the slice partners offers."""

    shops: ShopService
    register: ShopRegister
    plans: StoragePlanService
    requests: StorageRequestService
    handovers: HandoverService
    fees: StorageFeeService
