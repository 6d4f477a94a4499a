"""What the logistics slice refuses."""

from navswap.kit.errors import NavSwapError


class TransportJobNotFoundError(NavSwapError):
    """There is no such transport job, or it is not yours."""

    code = "TRANSPORT_JOB_NOT_FOUND"


class TransportJobTakenError(NavSwapError):
    """Another transporter was quicker, or the job is no longer open."""

    code = "TRANSPORT_JOB_TAKEN"


class TransportJobEndedError(NavSwapError):
    """The job has ended; packs that are still with you go back by returnPacks."""

    code = "TRANSPORT_JOB_ENDED"


class TransportJobUnderWayError(NavSwapError):
    """The pack belongs to your job under way; deliver it there, or end the job first."""

    code = "TRANSPORT_JOB_UNDER_WAY"


class TransportJobNotOfferedError(NavSwapError):
    """The job was not offered to you."""

    code = "TRANSPORT_JOB_NOT_OFFERED"


class OfferExpiredError(NavSwapError):
    """Your offer of this job has ended; wait for the next one."""

    code = "OFFER_EXPIRED"


class AlreadyOnJobError(NavSwapError):
    """You have a job under way; finish it first."""

    code = "ALREADY_ON_JOB"


class VehicleTooSmallError(NavSwapError):
    """The load does not fit into your vehicle beside what is in it."""

    code = "VEHICLE_TOO_SMALL"


class VehicleUnknownError(NavSwapError):
    """Going online for the first time needs the number of packs that your vehicle carries."""

    code = "VEHICLE_UNKNOWN"


class TooManyPacksError(NavSwapError):
    """The job is for fewer packs."""

    code = "TOO_MANY_PACKS"


class PackNotOnBoardError(NavSwapError):
    """The pack is not on board for this job."""

    code = "PACK_NOT_ON_BOARD"


class HandoverNeededError(NavSwapError):
    """The place of the trip is a partner shop: there packs change hands by the partner's scan of your handover code."""

    code = "HANDOVER_NEEDED"


class FewerPacksStoredError(NavSwapError):
    """The shop has fewer such packs that no other trip will fetch."""

    code = "FEWER_PACKS_STORED"


class StationFullError(NavSwapError):
    """The station has no empty slot for the packs."""

    code = "STATION_FULL"


class PlanningUnderWayError(NavSwapError):
    """Another plan is made at this moment; look at its jobs before you plan again."""

    code = "PLANNING_UNDER_WAY"
