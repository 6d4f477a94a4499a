"""Partner shops and what is asked of them, in MongoDB."""

from navswap.features.partners.documents.requests import (
    OPEN,
    OpenRequests,
    RequestState,
    ShopBasis,
    StoragePlan,
    StorageRequest,
)
from navswap.features.partners.documents.shops import (
    WHOLE_DAY,
    OpeningSpan,
    PartnerShop,
    ShopTotals,
    Stay,
    Weekday,
)

__all__ = [
    "OPEN",
    "WHOLE_DAY",
    "OpenRequests",
    "OpeningSpan",
    "PartnerShop",
    "RequestState",
    "ShopBasis",
    "ShopTotals",
    "Stay",
    "StoragePlan",
    "StorageRequest",
    "Weekday",
]
