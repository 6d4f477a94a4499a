"""What the partners slice publishes."""

from dataclasses import dataclass
from typing import ClassVar, Self

from navswap.features.partners.domain.values import PartnerShop, StorageRequest
from navswap.kit.facts import Fact


def shop_stream(shop_id: str) -> str:
    """Return the live stream of the requests of a shop."""
    return f"storage:{shop_id}"


@dataclass(frozen=True, slots=True)
class StorageRequestChanged(Fact):
    """A storage request changed; the payload is the whole request, and what its shop had before."""

    request: StorageRequest
    request_sequence: int
    free_places: int | None = None
    """Places that the shop had free just before; None in events of earlier versions."""
    capacity_packs: int | None = None
    """All places of the shop then."""

    def key(self) -> str:
        """Order by shop."""
        return self.request.shop_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the shop."""
        return {shop_stream(self.request.shop_id): self.request_sequence}


class StorageRequested(StorageRequestChanged):
    """A shop was asked to store packs."""

    type: ClassVar[str] = "partners.storage_request.requested"


class StorageAccepted(StorageRequestChanged):
    """The shop keeps places for the packs."""

    type: ClassVar[str] = "partners.storage_request.accepted"


class StorageDeclined(StorageRequestChanged):
    """The shop does not want the packs."""

    type: ClassVar[str] = "partners.storage_request.declined"


class StorageExpired(StorageRequestChanged):
    """The shop did not answer in time, or not all packs came in time."""

    type: ClassVar[str] = "partners.storage_request.expired"


class StorageCollected(StorageRequestChanged):
    """A transporter fetched some of the packs; they are on the way to the shop."""

    type: ClassVar[str] = "partners.storage_request.collected"


class StorageReleased(StorageRequestChanged):
    """Packs that were fetched do not come: the trip has ended with them on board, and others are fetched for them."""

    type: ClassVar[str] = "partners.storage_request.released"


class StorageReceived(StorageRequestChanged):
    """Some of the packs have come; more are to come."""

    type: ClassVar[str] = "partners.storage_request.received"


class StorageFulfilled(StorageRequestChanged):
    """All packs have come."""

    type: ClassVar[str] = "partners.storage_request.fulfilled"


@dataclass(frozen=True, slots=True)
class ShopChanged(Fact):
    """The places of a shop changed, or what it has answered: it was asked, got packs, gave them away, or keeps other room."""

    type: ClassVar[str] = "partners.shop.changed"

    shop_id: str
    capacity_packs: int
    stock_packs: int
    reserved_packs: int
    offered_packs: int
    free_places: int
    answered: int
    accepted: int
    revision: int

    @classmethod
    def of(cls, shop: PartnerShop) -> Self:
        """Return what a shop has now."""
        return cls(
            shop.id,
            shop.capacity_packs,
            shop.stock_packs,
            shop.reserved_packs,
            shop.offered_packs,
            shop.free_places,
            shop.answered,
            shop.accepted,
            shop.revision,
        )

    def key(self) -> str:
        """Order by shop."""
        return self.shop_id
