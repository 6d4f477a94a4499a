"""What an operator may want otherwise in how faults are dealt with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from navswap.features.faults.domain.catalogue import Action, Severity

SLA: Mapping[Severity, timedelta] = MappingProxyType(
    {
        Severity.CRITICAL: timedelta(minutes=30),
        Severity.MAJOR: timedelta(minutes=120),
        Severity.MINOR: timedelta(minutes=480),
    }
)

EXPECTED_MINUTES: Mapping[Action, float] = MappingProxyType(
    {
        Action.RESET_MODULE: 3.0,
        Action.DERATE_CHARGING: 10.0,
        Action.LOCK_SLOT: 2.0,
        Action.REROUTE_RIDERS: 5.0,
        Action.SWAP_MODULE: 60.0,
        Action.SEND_TECHNICIAN: 90.0,
    }
)


@dataclass(frozen=True, slots=True)
class FaultParameters:
    """Limits and times of dealing with faults; the defaults are those of the demonstration.

    Raises ValueError where a time is not above 0.
    """

    max_tries: int = 2
    """Most times that one action is tried against one fault, playbook and analysis together; the latter tries it once."""
    max_commands: int = 6
    """Most commands of one fault."""
    flapping_faults: int = 3
    """Earlier faults of the same kind and place within `flapping_span` that make another remote repair pointless."""
    flapping_span: timedelta = timedelta(hours=24)
    expected_minutes: Mapping[Action, float] = field(default_factory=lambda: EXPECTED_MINUTES)
    """What an action takes as long as nothing is known of it, which counts as one observation; the analysis gives a
    command so long to work."""
    fallback_minutes: float = 120.0
    """What a failed action costs: the fault waits for a technician."""
    own_try_weight: float = 2.0
    """So many tries against other faults does one that failed against this fault count for: the cause is the same."""
    memory: timedelta = timedelta(days=90)
    """How far back the baseline of the analysis looks: firmware and modules change."""
    reroute_check: timedelta = timedelta(minutes=1)
    """How often it is checked whether riders still wait at a station that they are led away from."""
    sla: Mapping[Severity, timedelta] = field(default_factory=lambda: SLA)
    """The time within which a ticket of each severity is to be resolved."""
    max_escalations: int = 3
    """Escalations of a ticket: at the end of its SLA time, and after each further such time."""
    reading_age: timedelta = timedelta(minutes=15)
    """A reading older than this no longer says what is."""
    clock_skew: timedelta = timedelta(minutes=1)
    """How far ahead the clock of a station may be."""
    offline_after: timedelta = timedelta(minutes=10)
    """How long a station may be silent before it is offline."""
    outage_contacts: int = 10
    """Stations in contact, from which on their majority does not fall silent by itself."""

    def __post_init__(self) -> None:
        if min(*self.sla.values(), self.offline_after, self.reroute_check) <= timedelta(0):
            raise ValueError("SLA times and the time until a station is offline are above 0")
