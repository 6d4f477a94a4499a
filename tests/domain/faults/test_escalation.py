from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from navswap.features.faults.domain.catalogue import Severity
from navswap.features.faults.domain.escalation import escalation_level, next_escalation_at
from tests.domain.faults.builders import MINUTE, NOW, PLAIN


def test_the_sla_is_30_120_and_480_minutes() -> None:
    assert {severity: PLAIN.sla[severity] / MINUTE for severity in Severity} == {
        Severity.CRITICAL: 30,
        Severity.MAJOR: 120,
        Severity.MINOR: 480,
    }


@given(severity=st.sampled_from(Severity), late=st.timedeltas(-timedelta(days=1), timedelta(days=3)))
def test_a_ticket_is_escalated_when_it_was_said_that_it_would(severity: Severity, late: timedelta) -> None:
    sla = PLAIN.sla[severity]
    level = escalation_level(NOW, sla, NOW + late, PLAIN)
    assert 0 <= level <= PLAIN.max_escalations
    upcoming = next_escalation_at(NOW, sla, level, PLAIN)
    if upcoming is not None:
        assert NOW + late < upcoming
        assert escalation_level(NOW, sla, upcoming, PLAIN) == level + 1
