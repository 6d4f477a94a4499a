"""Two days of the whole demonstration city under `rules`, lived through once: faults, staff, transporters and their hours."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from navswap.features.logistics.domain.values import JobState
from navswap.features.logistics.events import JobAccepted, OfferMade
from navswap.features.staffing.events import AssignmentAccepted
from navswap.kit.facts import Fact
from navswap.simulation.draws import Draws
from navswap.simulation.engine.simulation import RunOptions, RunResult, Simulation
from navswap.simulation.engine.vehicles import LEAST_LEFT_MINUTES
from navswap.simulation.policies import POLICIES
from navswap.simulation.world.places import key_of
from navswap.simulation.world.working_time import WorkingTime
from tests.support.city import demonstration_city

pytestmark = pytest.mark.xdist_group("city")  # one worker lives through it
CITY = demonstration_city()
SEED, DAYS = 1, 2


@dataclass
class Lived:
    """The city after its days, what they came to, and each fact with the minute in which it was known."""

    simulation: Simulation
    result: RunResult
    facts: list[tuple[float, Fact]] = field(default_factory=list)


@pytest.fixture(scope="module")
def lived() -> Lived:
    facts: list[tuple[datetime, Fact]] = []

    def take(new: Sequence[Fact], _: datetime, known_at: datetime) -> None:
        facts.extend((known_at, fact) for fact in new)

    simulation = Simulation(CITY, POLICIES["rules"], RunOptions(days=DAYS, seed=SEED), recorder=take)
    result = simulation.live()
    minute_of = simulation.run.agenda.minute_of
    return Lived(simulation, result, [(minute_of(known_at), fact) for known_at, fact in facts])


def test_faults_run_through_the_domain_to_their_end_and_give_back_what_they_took(lived: Lived) -> None:
    simulation, result = lived.simulation, lived.result

    assert result.kpis.faults == result.facts["faults.fault.raised"] > 3
    assert result.facts["faults.fault.resolved"] == result.kpis.faults - len(simulation.faults.open_faults)
    assert result.facts["faults.command.issued"] > 0
    still_open = {fault.station.id for fault in simulation.faults.open_faults.values()}
    for station in simulation.run.stations:
        if station.id not in still_open:
            assert station.value.blocks == ()
            assert all(bay.works for bay in station.bays)


def test_staff_is_sent_by_the_staffing_domain_and_comes_to_its_end(lived: Lived) -> None:
    facts = lived.result.facts

    proposed = facts["staffing.assignment.proposed"]
    ended = sum(facts.get(f"staffing.assignment.{end}", 0) for end in ("ended", "declined", "expired"))
    assert proposed >= facts["staffing.assignment.accepted"] >= facts["staffing.assignment.arrived"] > 0
    assert 0 <= proposed - ended <= len(CITY.staff)
    helpers = sum(len(station.kiosks_free_at) - 1 for station in lived.simulation.run.stations)
    assert helpers == facts["staffing.assignment.arrived"] - facts.get("staffing.assignment.ended", 0)


def test_packs_are_carried_by_jobs_that_are_paid_for(lived: Lived) -> None:
    facts, kpis = lived.result.facts, lived.result.kpis

    assert lived.simulation.transport is not None
    delivered = lived.simulation.transport.book.ended.get(JobState.DELIVERED, 0)
    assert facts["logistics.plan.made"] == DAYS * 96 - 1
    assert facts["logistics.job.delivered"] == delivered > 5
    assert kpis.packs_moved >= delivered
    assert kpis.km_driven > 0
    assert facts["logistics.offer.accepted"] == facts["logistics.job.accepted"] >= delivered


def test_neither_transporters_nor_staff_take_work_outside_of_their_hours(lived: Lived) -> None:
    draws, met = Draws(SEED), Counter[str]()
    transporters = {
        carrier.id: WorkingTime.of_transporter(draws, key_of(carrier.id)) for carrier in CITY.transporters
    }
    staff = {worker.id: WorkingTime.of_staff(draws, key_of(worker.id), worker.shift) for worker in CITY.staff}

    for now, fact in lived.facts:
        match fact:
            case OfferMade(offer):
                stretch = transporters[offer.transporter_id].find(now)
                assert stretch is not None
                assert now + LEAST_LEFT_MINUTES <= stretch.ends + 0.01
            case JobAccepted(job):
                assert transporters[str(job.transporter_id)].find(now) is not None
            case AssignmentAccepted(assignment):
                assert staff[assignment.staff_id].find(now) is not None
            case _:
                continue
        met[type(fact).__name__] += 1
    assert met["OfferMade"] >= met["JobAccepted"] > 0 < met["AssignmentAccepted"]
