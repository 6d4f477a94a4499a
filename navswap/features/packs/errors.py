"""What the packs slice refuses."""

from navswap.kit.errors import NavSwapError


class PackNotFoundError(NavSwapError):
    """There is no pack with this serial number."""

    code = "PACK_NOT_FOUND"


class PackElsewhereError(NavSwapError):
    """The pack is not where it would have to be: not with this rider, or not in this slot."""

    code = "PACK_ELSEWHERE"


class SlotTakenError(NavSwapError):
    """Another pack is in this slot, it is out of use, or the station has no such slot."""

    code = "SLOT_TAKEN"


class PackPromisedError(NavSwapError):
    """The pack is promised to a rider; leave it in its slot."""

    code = "PACK_PROMISED"


class PackNotReadyError(NavSwapError):
    """The pack is charged below the promise or faulty, or its slot is locked; leave it there."""

    code = "PACK_NOT_READY"


class PackKnownError(NavSwapError):
    """The network has a pack with this serial number already."""

    code = "PACK_KNOWN"


class WrongPackModelError(NavSwapError):
    """The slot, or the vehicle, takes packs of another model."""

    code = "WRONG_PACK_MODEL"


class PackModelNotFoundError(NavSwapError):
    """There is no pack model with this id."""

    code = "PACK_MODEL_NOT_FOUND"
