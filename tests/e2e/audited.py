"""Which mutations are in the audit log: all that administrators and staff may use, unless there is a reason."""

from strawberry.utils.str_converters import to_camel_case

from navswap.auth.roles import Role
from navswap.graphql.permissions import RolesDirective
from navswap.schema import build_schema

REPORTED = "a station or a device reports it: a reading with its time, and no decision of a person"
IN_ITS_HISTORY = "the history of the ticket says who did it and when, and is never changed"

NOT_RECORDED = {
    "acceptAssignment": "members of staff answer for themselves, and the assignment says when",
    "commentTicket": IN_ITS_HISTORY,
    "assignTicket": IN_ITS_HISTORY,
    "resolveTicket": IN_ITS_HISTORY,
    "reopenTicket": IN_ITS_HISTORY,
    "completeSwap": "the swap says who completed it, and is never changed",
    "confirmCommand": REPORTED,
    "declineAssignment": "members of staff answer for themselves, and the assignment says when",
    "reportFault": "the fault says who reported it",
    "reportMeter": REPORTED,
    "reportPacks": REPORTED,
    "reportPositions": REPORTED,
    "reportTelemetry": REPORTED,
    "verifyQr": "the entry says who verified it",
}
"""Mutations of administrators or staff that write nothing in the audit log, and why."""


def for_administrators_or_staff() -> set[str]:
    """Return the mutations that administrators or staff may use, whoever else may."""
    mutation = build_schema().mutation
    assert mutation is not None
    fields = mutation.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by @strawberry.type
    return {
        to_camel_case(field.python_name)
        for field in fields
        for directive in field.directives
        if isinstance(directive, RolesDirective) and {Role.ADMIN, Role.STAFF} & set(directive.any)
    }
