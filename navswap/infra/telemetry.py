"""Logs with one correlation id from request to subscriber, and the metrics of a process."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

from navswap.infra.log_bounds import BoundRecords, BoundWarnings, LogBounds
from navswap.kit.ids import CountedIds, new_id
from navswap.kit.origin import Origin
from navswap.settings import Settings

CORRELATION_HEADER = "x-correlation-id"
TRACE_HEADER = "traceparent"
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
_TRACE = re.compile(
    r"[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.{1,200})?"
)
"""Of the W3C's Trace Context."""
_correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")

OPERATIONS = Counter("navswap_operations_total", "GraphQL operations", ["operation", "kind", "outcome"])
OPERATION_SECONDS = Histogram(
    "navswap_operation_seconds",
    "Time of a GraphQL query or mutation",
    ["operation", "kind"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
SUBSCRIPTIONS = Gauge("navswap_subscriptions", "Live subscriptions", ["stream"], multiprocess_mode="livesum")
HUB_LAG_SECONDS = Gauge(
    "navswap_hub_lag_seconds",
    "Age of the newest update when the hub delivered it",
    multiprocess_mode="livemax",
)
HUB_RESYNCS = Counter("navswap_hub_resyncs_total", "Streams that had to start again", ["reason"])
OUTBOX_PENDING = Gauge("navswap_outbox_pending", "Events that wait for Kafka", multiprocess_mode="mostrecent")
OUTBOX_AGE_SECONDS = Gauge(
    "navswap_outbox_age_seconds",
    "Age of the oldest event that waits for Kafka",
    multiprocess_mode="mostrecent",
)
EVENTS_PUBLISHED = Counter("navswap_events_published_total", "Events handed to Kafka", ["type"])
EVENTS_HANDLED = Counter(
    "navswap_events_handled_total", "Events that a consumer worked on", ["group", "outcome"]
)
CONSUMER_LAG = Gauge(
    "navswap_consumer_lag_messages", "Messages behind the end of a topic", ["group", "topic"]
)
ARCHIVE_WAITING = Gauge("navswap_archive_waiting_records", "Records that wait to be written to the archive")
ARCHIVE_AGE_SECONDS = Gauge(
    "navswap_archive_age_seconds", "How long the oldest record has waited to be written to the archive"
)
ARCHIVE_FAILURES = Counter("navswap_archive_failures_total", "Writes to the archive that failed")
REFUSALS = Counter("navswap_refusals_total", "Expected refusals", ["code"])
REJECTIONS = Counter("navswap_rejections_total", "Inputs turned away", ["what", "reason"])


def correlation_id() -> str:
    """Return the id of the present request or message; a new one where none was bound."""
    return _correlation_id.get() or new_id()


def traceparent() -> str | None:
    """Return the trace of the present request or message, as the client gave it; None without one."""
    return _traceparent.get()


def propagated() -> list[tuple[str, bytes]]:
    """Return the headers by which a message carries the present correlation id and trace."""
    headers = [(CORRELATION_HEADER, correlation_id().encode())]
    if (trace := traceparent()) is not None:
        headers.append((TRACE_HEADER, trace.encode()))
    return headers


def origin_of(headers: Iterable[tuple[str, bytes]]) -> Origin:
    """Return the request or message that the headers of a message name."""
    named = {name: value.decode(errors="replace") for name, value in headers}
    return Origin(named.get(CORRELATION_HEADER, ""), named.get(TRACE_HEADER))


_request_ids = CountedIds()
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_request_ids.begin)


class correlated:  # noqa: N801 - it is used as a function is; written by contextlib it would cost each request more
    """Bind a correlation id, and a W3C traceparent where there is one, to all log lines and events below.

    A strange or missing id is replaced: by the trace id where there is one, else by a new one. A malformed trace is left out.
    """

    __slots__ = ("_id", "_tokens", "_trace")

    def __init__(self, identifier: str | None, trace: str | None = None) -> None:
        traced = _TRACE.fullmatch(trace) if trace else None
        kept = identifier if identifier and _ACCEPTABLE.fullmatch(identifier) else None
        self._id = kept or (traced["trace"] if traced else _request_ids.new())
        self._trace = traced[0] if traced else None

    @property
    def identifier(self) -> str:
        """Return the id, for an answer by which nothing is caused or logged, so that nothing has to be bound."""
        return self._id

    def __enter__(self) -> str:
        """Bind them; return the id."""
        self._tokens = _correlation_id.set(self._id), _traceparent.set(self._trace)
        return self._id

    def __exit__(self, *_exception: object) -> None:
        """Go back to what was bound before."""
        _correlation_id.reset(self._tokens[0])
        _traceparent.reset(self._tokens[1])


def with_correlation_id(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Add the id and trace that are bound to a log line that has none; so a request that logs nothing pays for no binding."""
    for name, value in (("correlation_id", _correlation_id.get()), (TRACE_HEADER, _traceparent.get())):
        if value is not None:
            event.setdefault(name, value)
    return event


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library's loggers to standard error, as JSON or in colours."""
    bounds = LogBounds()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        with_correlation_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        # What is not logged at this level is not made up for it either: a line for each event and group of subscribers.
        processors=[
            structlog.stdlib.filter_by_level,
            BoundWarnings(bounds),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("aiokafka", "pymongo", "asyncio"):
        logger = logging.getLogger(noisy)
        logger.setLevel(max(logging.WARNING, root.level))
    handler.addFilter(_of_libraries(BoundRecords(bounds)))


def _of_libraries(bound: logging.Filter) -> Callable[[logging.LogRecord], bool]:
    """Return a filter for what others log; a record of structlog holds a dictionary, and was bounded before."""
    return lambda record: isinstance(record.msg, dict) or bound.filter(record)
