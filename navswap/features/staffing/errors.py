"""What the staffing slice refuses."""

from navswap.kit.errors import NavSwapError


class AssignmentNotFoundError(NavSwapError):
    """There is no such assignment, or it is not yours."""

    code = "ASSIGNMENT_NOT_FOUND"


class ProposalEndedError(NavSwapError):
    """The proposal was answered before, or nobody answered it in time."""

    code = "PROPOSAL_ENDED"


class AssignmentNotActiveError(NavSwapError):
    """The assignment was never accepted, or it has ended."""

    code = "ASSIGNMENT_NOT_ACTIVE"


class BadShiftError(NavSwapError):
    """The hours, the time zone or the skills of a person are impossible."""

    code = "BAD_SHIFT"


class NotOfTheStaffError(NavSwapError):
    """There is no user of the role STAFF with this id."""

    code = "NOT_OF_THE_STAFF"


class StaffMemberNotFoundError(NavSwapError):
    """There is nobody of the staff with this id."""

    code = "STAFF_MEMBER_NOT_FOUND"
