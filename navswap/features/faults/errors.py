"""What the faults slice refuses."""

from navswap.kit.errors import NavSwapError


class BadTelemetryError(NavSwapError):
    """There are no readings or too many of them."""

    code = "BAD_TELEMETRY"


class BadFaultReportError(NavSwapError):
    """The report lacks the slot or pack that its code is about, names one that is not there, or is too long."""

    code = "BAD_FAULT_REPORT"


class FaultNotFoundError(NavSwapError):
    """There is no such fault."""

    code = "FAULT_NOT_FOUND"


class CommandNotFoundError(NavSwapError):
    """There is no command with this id."""

    code = "COMMAND_NOT_FOUND"


class CommandSettledError(NavSwapError):
    """The command was settled already: it was answered otherwise before, or its time ran out."""

    code = "COMMAND_SETTLED"


class TicketNotFoundError(NavSwapError):
    """There is no such ticket."""

    code = "TICKET_NOT_FOUND"


class BadTicketListError(NavSwapError):
    """The tickets to watch are none or too many."""

    code = "BAD_TICKET_LIST"


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


class BadCommentError(NavSwapError):
    """The comment is empty or too long, its key is, or the ticket has too many comments."""

    code = "BAD_COMMENT"


class TooManyCommentsError(BadCommentError):
    """The ticket has as many comments as it can hold."""


class BadResolutionError(NavSwapError):
    """The action does not end a fault but only keeps people away from it, or the text is too long."""

    code = "BAD_RESOLUTION"
