"""What the faults slice refuses."""

from navswap.kit.errors import NavSwapError


class CommandNotFoundError(NavSwapError):
    """There is no command with this id."""

    code = "COMMAND_NOT_FOUND"


class CommandSettledError(NavSwapError):
    """The command was settled already: it was answered otherwise before, or its time ran out."""

    code = "COMMAND_SETTLED"


class TicketNotFoundError(NavSwapError):
    """There is no such ticket."""

    code = "TICKET_NOT_FOUND"


class TicketResolvedError(NavSwapError):
    """The ticket is resolved; reopen it first."""

    code = "TICKET_RESOLVED"


class TicketUnresolvedError(NavSwapError):
    """The ticket is not resolved, so there is nothing to reopen."""

    code = "TICKET_UNRESOLVED"


class FaultOverError(NavSwapError):
    """The fault was over when it was seen; report it again if it is back."""

    code = "FAULT_OVER"


class FaultRaisedAgainError(NavSwapError):
    """The same fault was raised again since and has its own record; go on there."""

    code = "FAULT_RAISED_AGAIN"


class NotAssignableError(NavSwapError):
    """A ticket is assigned to a user of the role STAFF or ADMIN only."""

    code = "NOT_ASSIGNABLE"


class TooManyCommentsError(NavSwapError):
    """The ticket has as many comments as it can hold."""

    code = "TOO_MANY_COMMENTS"
