"""Stock orders: what came is what was ordered, and came for an order that was approved."""

from collections.abc import Mapping
from typing import Any

from navswap.consistency.invariant import DocumentsObey, View
from navswap.features.procurement.domain.values import OrderState
from navswap.features.procurement.storage import StockOrderDocument

RECEIVING = [OrderState.APPROVED, OrderState.RECEIVED]


class OrdersReceiveWhatWasOrdered(DocumentsObey):
    """A pack that was not ordered has no owner; one that was never received is paid for and missing."""

    statement = "Each stock order received at most what was approved, and all of it where it says so."
    kind = StockOrderDocument

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return which orders and deliveries do not fit."""
        del view
        came = {"$size": "$received"}
        return {
            "received more packs than were ordered": {"$expr": {"$gt": [came, "$packs"]}},
            "is received without all its packs": {
                "state": OrderState.RECEIVED,
                "$expr": {"$ne": [came, "$packs"]},
            },
            "received packs without an approval": {
                "state": {"$nin": RECEIVING},
                "received.0": {"$exists": True},
            },
            "was decided at no moment": {"state": {"$in": RECEIVING}, "decided_at": None},
        }
