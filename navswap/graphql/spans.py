"""A span of time as a filter of lists."""

from datetime import datetime

import strawberry

from navswap.kit.errors import InvalidInputError
from navswap.kit.time_spans import ALWAYS, TimeSpan


@strawberry.input(description="A span of time; a side that is left out is open.")
class TimeSpanInput:
    """A span as clients give it."""

    since: datetime | None = strawberry.field(default=None, description="When it begins, itself included.")
    until: datetime | None = strawberry.field(
        default=None, description="When it ends, itself not included; after the begin."
    )

    def to_span(self) -> TimeSpan:
        """Return the span; raises InvalidInputError."""
        if self.since is not None and self.until is not None and not self.since < self.until:
            raise InvalidInputError("until", "A span ends after its begin.")
        return TimeSpan(self.since, self.until)


def read_span(given: TimeSpanInput | None) -> TimeSpan:
    """Return the span that a filter gives; raises InvalidInputError with its path in the argument `filter`."""
    if given is None:
        return ALWAYS
    try:
        return given.to_span()
    except InvalidInputError as error:
        raise InvalidInputError(f"filter.span.{error.field}", error.message) from error
