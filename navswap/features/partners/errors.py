"""What the partners slice refuses."""

from navswap.kit.errors import NavSwapError


class ShopNotFoundError(NavSwapError):
    """There is no partner shop with this id, or it is not yours."""

    code = "SHOP_NOT_FOUND"


class ShopOwnerNotFoundError(NavSwapError):
    """There is no user of the role PARTNER with this id."""

    code = "SHOP_OWNER_NOT_FOUND"


class ShopTooFullError(NavSwapError):
    """The shop has, or has promised to take, more packs than the new capacity; wait until some have left."""

    code = "SHOP_TOO_FULL"


class NoStoragePlaceError(NavSwapError):
    """No open shop within reach has a free place; ask for fewer packs, or later."""

    code = "NO_STORAGE_PLACE"


class MorePacksThanAcceptedError(NavSwapError):
    """More packs were scanned than the storage request is for."""

    code = "MORE_PACKS_THAN_ACCEPTED"


class StorageRequestNotFoundError(NavSwapError):
    """There is no such storage request, or it is not one of your shop."""

    code = "STORAGE_REQUEST_NOT_FOUND"


class StorageRequestClosedError(NavSwapError):
    """The storage request was answered otherwise, or its time has run out."""

    code = "STORAGE_REQUEST_CLOSED"


class HandoverCodeInvalidError(NavSwapError):
    """The code is not one of NavSwap, or is for another shop or for packs that go the other way."""

    code = "HANDOVER_CODE_INVALID"


class HandoverCodeExpiredError(NavSwapError):
    """The time of the transporter's code is over."""

    code = "HANDOVER_CODE_EXPIRED"


class HandoverCodeUsedError(NavSwapError):
    """The transporter's code was used for another scan; each is good for one."""

    code = "HANDOVER_CODE_USED"


class PackOfAnotherTripError(NavSwapError):
    """The pack belongs to another trip of the transporter, which is under way; it is delivered there."""

    code = "PACK_OF_ANOTHER_TRIP"


class MorePacksThanAgreedError(NavSwapError):
    """More packs were scanned than the transporter agreed to."""

    code = "MORE_PACKS_THAN_AGREED"
