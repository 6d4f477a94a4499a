"""What a client may read of an error: refusals and the faults of its own document; a bug is masked."""

import re

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from prometheus_client import Counter
from pymongo.errors import PyMongoError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError

from navswap.infra.mongo import is_outage
from navswap.infra.telemetry import REFUSALS, REJECTIONS, correlation_id
from navswap.kit.errors import InvalidInputError, NavSwapError, shortened

BUGS = Counter("navswap_bugs_total", "Unexpected exceptions that a client saw as an internal error")

log = structlog.get_logger(__name__)

_TOO_MANY_TOKENS = re.compile(r"contains more than \d+ tokens")
_SUGGESTION = re.compile(r"\s*Did you mean [^?]*\?")  # the names of a schema hold no question mark


def presentable(error: GraphQLError) -> GraphQLError:
    """Return the error as a client may see it: `extensions.code` always says what kind it is.

    A NavSwapError keeps its code and message. A fault of the document or of its values keeps its message. What is longer than
    a person reads is cut. A database that does not answer, or not in time, is reported as such, for trying again helps. All else is a bug:
    logged with its traceback, counted, and shown as an internal error with the correlation id.
    """
    innermost = _innermost(error)
    cause = innermost.original_error
    if isinstance(cause, NavSwapError):
        REFUSALS.labels(cause.code).inc()
        where = {"field": cause.field} if isinstance(cause, InvalidInputError) else {}
        return _rewritten(error, shortened(cause.message), {"code": cause.code, **where})
    if isinstance(cause, PyMongoError) and is_outage(cause):
        return _rewritten(error, _unavailable(cause), {"code": "UNAVAILABLE"})
    if not _is_fault_of_client(error, innermost):
        masked = internal_error(report_bug(cause or innermost))
        return _rewritten(error, masked.message, masked.extensions)
    if "code" not in (error.extensions or {}):
        error.extensions = {"code": _code_of(error), **(innermost.extensions or {})}
    message = shortened(error.message)
    return error if message is error.message else _rewritten(error, message, error.extensions)


def internal_error(identifier: str) -> GraphQLError:
    """Return what a client sees of a bug: that there is one, and the correlation id to ask about it."""
    return GraphQLError("Internal error", extensions={"code": "INTERNAL", "correlationId": identifier})


def report_bug(bug: BaseException) -> str:
    """Log a bug with its traceback, count it, and return the correlation id under which it was logged."""
    BUGS.inc()
    identifier = correlation_id()
    log.error("bug", correlation_id=identifier, exc_info=bug)
    return identifier


def _unavailable(failure: PyMongoError) -> str:
    REJECTIONS.labels("operation", "UNAVAILABLE").inc()
    log.warning("database_unavailable", error=str(failure))
    return "The database does not answer now. Nothing was changed by halves; try again in some seconds."


def without_suggestions(error: GraphQLError) -> GraphQLError:
    """Return the error without the names that graphql-core proposes, which would show the schema."""
    message = _SUGGESTION.sub("", error.message)
    return error if message == error.message else _rewritten(error, message, error.extensions)


def _innermost(error: GraphQLError) -> GraphQLError:
    """Return the error below the wrappings of graphql-core; its `original_error` is not GraphQL's any more."""
    while isinstance(error.original_error, GraphQLError):
        error = error.original_error
    return error


def _is_fault_of_client(error: GraphQLError, innermost: GraphQLError) -> bool:
    """Return whether the document or its values are wrong; while a field is resolved only arguments can be."""
    if error.path is None:
        return innermost.original_error is None or bool(error.nodes) or _is_unresolved(innermost)
    if innermost.original_error is not None:
        return False
    return (
        isinstance(innermost, StrawberryInputCoercionError)
        or "code" in (innermost.extensions or {})
        or innermost.message.startswith("Argument '")
    )


def _is_unresolved(error: GraphQLError) -> bool:
    """Return whether Strawberry found no operation of the asked name; it raises that as an exception of its own."""
    return isinstance(error.original_error, CannotGetOperationTypeError)


def _code_of(error: GraphQLError) -> str:
    if _is_unresolved(error):
        return "OPERATION_RESOLUTION_FAILURE"
    if isinstance(error, GraphQLSyntaxError):
        return "TOO_MANY_TOKENS" if _TOO_MANY_TOKENS.search(error.message) else "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT"


def _rewritten(error: GraphQLError, message: str, extensions: dict[str, object] | None) -> GraphQLError:
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, extensions=extensions
    )
