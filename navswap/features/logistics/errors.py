"""What the logistics slice refuses."""

from navswap.kit.errors import NavSwapError


class JobNotFoundError(NavSwapError):
    """There is no such transport job, or it is not yours."""

    code = "JOB_NOT_FOUND"


class JobTakenError(NavSwapError):
    """Another transporter was quicker, or the job is no longer open."""

    code = "JOB_TAKEN"


class JobEndedError(NavSwapError):
    """The job has ended; packs that are still with you go back by returnPacks."""

    code = "JOB_ENDED"


class JobUnderWayError(NavSwapError):
    """The pack belongs to your job under way; deliver it there, or end the job first."""

    code = "JOB_UNDER_WAY"


class NotOfferedError(NavSwapError):
    """The job was not offered to you."""

    code = "NOT_OFFERED"


class OfferExpiredError(NavSwapError):
    """Your offer of this job has ended; wait for the next one."""

    code = "OFFER_EXPIRED"


class AlreadyOnJobError(NavSwapError):
    """You have a job under way; finish it first."""

    code = "ALREADY_ON_JOB"


class VehicleTooSmallError(NavSwapError):
    """The load does not fit into your vehicle beside what is in it."""

    code = "VEHICLE_TOO_SMALL"


class TooManyPacksError(NavSwapError):
    """The job is for fewer packs."""

    code = "TOO_MANY_PACKS"


class StationFullError(NavSwapError):
    """The station has no empty slot for the packs."""

    code = "STATION_FULL"


class BadScanError(NavSwapError):
    """The list of scanned packs is empty, too long, or names a pack twice."""

    code = "BAD_SCAN"


class BadCapacityError(NavSwapError):
    """A vehicle carries 1 to 200 packs; going online needs to say how many."""

    code = "BAD_CAPACITY"


class BadReasonError(NavSwapError):
    """The reason is empty or too long: it has 1 to 200 characters."""

    code = "BAD_REASON"


class BadHorizonError(NavSwapError):
    """A plan looks 15 to 480 minutes ahead."""

    code = "BAD_HORIZON"


class BadPlanKeyError(NavSwapError):
    """The idempotency key has not 1 to 100 characters, or was used for another plan; use a new key for a new plan."""

    code = "BAD_PLAN_KEY"


class PlanningUnderWayError(NavSwapError):
    """Another plan is made at this moment; look at its jobs before you plan again."""

    code = "PLANNING_UNDER_WAY"
