"""What an operator may want otherwise in what deserves attention."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AlertParameters:
    """When something is an alert; the defaults are those of the demonstration."""

    promised_wait_minutes: float = 10.0
    """The longest wait that riders are promised."""
    delayed_event_seconds: float = 30.0
    """Events that wait longer for Kafka make what is shown live old."""
    unanswered: timedelta = timedelta(hours=1)
    """A partner shop that has not answered for so long is to be called, before its time to answer is over."""

    def __post_init__(self) -> None:
        if self.promised_wait_minutes <= 0 or self.delayed_event_seconds <= 0 or not self.unanswered:
            raise ValueError("what deserves attention has lasted longer than nothing")
