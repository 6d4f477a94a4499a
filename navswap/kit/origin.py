"""Where something comes from: the request or message that it was done for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A request or message: its correlation id, empty where it has none, and its W3C traceparent where it has one."""

    correlation_id: str
    traceparent: str | None = None
