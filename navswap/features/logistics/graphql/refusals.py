"""Refusals of the logistics slice, and those of packs that only its mutations give."""

from navswap.features.logistics import errors
from navswap.features.packs import errors as pack_errors
from navswap.graphql.refusals import Refusal, refusal

MAX_REASON_CHARACTERS = 200


@refusal(errors.JobNotFoundError)
class JobNotFound(Refusal):
    """There is no such job."""


@refusal(errors.JobTakenError)
class JobTaken(Refusal):
    """Somebody else has the job."""


@refusal(errors.JobEndedError)
class JobEnded(Refusal):
    """The job is over."""


@refusal(errors.JobUnderWayError)
class JobUnderWay(Refusal):
    """The pack belongs to a job under way."""


@refusal(errors.NotOfferedError)
class NotOffered(Refusal):
    """There is no offer."""


@refusal(errors.OfferExpiredError)
class OfferExpired(Refusal):
    """The offer has ended."""


@refusal(errors.AlreadyOnJobError)
class AlreadyOnJob(Refusal):
    """There is a job under way."""


@refusal(errors.VehicleTooSmallError)
class VehicleTooSmall(Refusal):
    """The load does not fit."""


@refusal(errors.TooManyPacksError)
class TooManyPacks(Refusal):
    """The job is for fewer packs."""


@refusal(errors.StationFullError)
class StationFull(Refusal):
    """There is no empty slot."""


@refusal(errors.BadScanError)
class BadScan(Refusal):
    """The scan is malformed."""


@refusal(errors.BadCapacityError)
class BadCapacity(Refusal):
    """No vehicle carries so many."""


@refusal(errors.BadReasonError)
class BadReason(Refusal):
    """The reason is empty or too long."""


@refusal(errors.BadHorizonError)
class BadHorizon(Refusal):
    """The plan would look too near or too far."""


@refusal(errors.BadPlanKeyError)
class BadPlanKey(Refusal):
    """The key stands for no plan, or for another one."""


@refusal(errors.PlanningUnderWayError)
class PlanningUnderWay(Refusal):
    """Another plan is made."""


@refusal(pack_errors.PackPromisedError)
class PackPromised(Refusal):
    """The pack is promised to a rider."""


@refusal(pack_errors.PackNotReadyError)
class PackNotReady(Refusal):
    """The pack may not leave its slot."""


def checked_reason(text: str) -> str:
    """Return a reason without blanks around it; raises BadReasonError unless it has 1 to 200 characters."""
    reason = text.strip()
    if not 1 <= len(reason) <= MAX_REASON_CHARACTERS:
        raise errors.BadReasonError(f"A reason has 1 to {MAX_REASON_CHARACTERS} characters.")
    return reason
