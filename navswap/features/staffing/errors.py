"""What the staffing slice refuses."""

from navswap.kit.errors import NavSwapError


class AssignmentNotFoundError(NavSwapError):
    """There is no such assignment, or it is not yours."""

    code = "ASSIGNMENT_NOT_FOUND"


class ProposalEndedError(NavSwapError):
    """The proposal was answered before, or its time ran out."""

    code = "PROPOSAL_ENDED"


class AssignmentNotActiveError(NavSwapError):
    """The assignment was never accepted, or it has ended."""

    code = "ASSIGNMENT_NOT_ACTIVE"


class UserNotStaffError(NavSwapError):
    """There is no user of the role STAFF with this id."""

    code = "USER_NOT_STAFF"


class StaffMemberNotFoundError(NavSwapError):
    """There is no member of staff with this id."""

    code = "STAFF_MEMBER_NOT_FOUND"
