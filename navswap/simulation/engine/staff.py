"""Staff of a run: on shift at their stations, sent where riders queue, a second pair of hands at the kiosk."""

from collections import Counter
from dataclasses import dataclass, field, replace

from navswap.features.staffing.domain import lifecycle
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.planning import (
    Situation,
    StaffedStation,
    WorkForecast,
    plan_moves,
)
from navswap.features.staffing.domain.queues import broken_promises
from navswap.features.staffing.domain.values import (
    AssignmentState,
    Proposal,
    Skill,
    StaffAssignment,
    StaffMember,
    WorkingHours,
)
from navswap.kit.forecasts import Source
from navswap.simulation.engine.modelled import LEAST_MINUTES, modelled_service
from navswap.simulation.engine.riders import Riders
from navswap.simulation.engine.run import Run
from navswap.simulation.policies import Asks
from navswap.simulation.world.people import SHIFT_HOURS, staff_answer
from navswap.simulation.world.places import Worker, key_of
from navswap.simulation.world.working_time import WorkingTime

LOOK_MINUTES = 15.0
"""How often the network is looked at; a queue that breaks its promise is seen with the next look."""
DAY_HOURS = 24


@dataclass(slots=True)
class Colleague:
    """A member of staff: the domain's value, the assignment that is active, and the station where help is given now."""

    value: StaffMember
    key: int
    hours: WorkingTime
    asked: int = 0
    diverted: int = 0
    assignment: StaffAssignment | None = None
    helps_at: str | None = None
    declined: set[str] = field(default_factory=set)


class Staff:
    """Plans and follows the diversions of staff."""

    def __init__(self, run: Run, riders: Riders) -> None:
        self._run = run
        self._riders = riders
        swapping = run.parameters.swapping
        self._parameters = StaffingParameters(visits=swapping.visits, roads=swapping.roads)
        self._colleagues = {worker.id: self._colleague(worker) for worker in run.city.staff}
        self._stations = {
            station.id: StaffedStation(station.id, station.value.information.point, is_open=True)
            for station in run.stations
        }

    def start(self, now: float = 0.0) -> None:
        """Look at the network again and again."""
        self._run.agenda.at(now + LOOK_MINUTES, self._look, None)

    def _colleague(self, worker: Worker) -> Colleague:
        begins, ends = SHIFT_HOURS[worker.shift]
        hours = WorkingHours(begins % DAY_HOURS, (ends - 1) % DAY_HOURS + 1, self._run.city.time_zone)
        skills = (Skill.SERVICE, Skill.REPAIR) if worker.technician else (Skill.SERVICE,)
        key = key_of(worker.id)
        member = StaffMember(worker.id, worker.home_station, skills, hours)
        return Colleague(member, key, WorkingTime.of_staff(self._run.draws, key, worker.shift))

    def _look(self, now: float, about: object) -> None:
        run = self._run
        run.agenda.at(now + LOOK_MINUTES, self._look, about)
        for proposal in plan_moves(self._situation(now), self._parameters):
            self._propose(now, proposal)

    def _situation(self, now: float) -> Situation:
        run, moment = self._run, self._run.agenda.moment_of(now)
        service = self._parameters.work_minutes(Skill.SERVICE)
        work = {
            (station.id, Skill.SERVICE): service * swaps
            for station in run.stations
            if (swaps := run.forecasts.swaps_counted(station.index, int(now // 60) - 1))
        }
        modelled = self._modelled(now)
        work = {key: minutes for key, minutes in work.items() if key not in modelled.modelled}
        work |= {key: minutes for key, minutes in modelled.minutes.items() if minutes >= LEAST_MINUTES}
        queues = {station.id: len(station.waiting) for station in run.stations if station.waiting}
        colleagues = self._colleagues.values()
        return Situation(
            now=moment,
            forecast=replace(modelled, minutes=work),
            queues=broken_promises(queues, self._parameters.visits),
            stations=self._stations,
            members=[colleague.value for colleague in colleagues],
            active={c.value.id: c.assignment for c in colleagues if c.assignment is not None},
            positions={},
            recent_diversions=Counter({c.value.id: c.diverted for c in colleagues}),
            declined={c.value.id: frozenset(c.declined) for c in colleagues},
        )

    def _modelled(self, now: float) -> WorkForecast:
        """Return the service of the next hour at the stations that the model answers for: none where it is not asked."""
        moment, models = self._run.agenda.moment_of(now), self._run.asked(Asks.STAFF)
        if models is None:
            return WorkForecast({}, Source.BASELINE, moment)
        model, service = modelled_service(models, list(self._stations), self._parameters, now)
        return WorkForecast(service, Source.BASELINE, moment, model, frozenset(service))

    def _propose(self, now: float, proposal: Proposal) -> None:
        run, colleague = self._run, self._colleagues[proposal.staff_id]
        moment = run.agenda.moment_of(now)
        step = lifecycle.propose(run.ids.new(), proposal, colleague.value, moment, self._parameters)
        self._take(now, colleague, step)
        answer = staff_answer(run.draws, colleague.key, colleague.asked)
        colleague.asked += 1
        answered = max(now, run.agenda.minute_of(proposal.starts_at or moment)) + answer.after_minutes
        accepts = answer.accepts and colleague.hours.find(answered) is not None  # a break is not given up
        run.agenda.at(answered, self._accept if accepts else self._decline, colleague)
        run.agenda.at(run.agenda.minute_of(step.assignment.after.due_at) + 1e-3, self._lapse, colleague)

    def _accept(self, now: float, colleague: Colleague) -> None:
        assignment, run = colleague.assignment, self._run
        if assignment is None or assignment.state is not AssignmentState.PROPOSED:
            return
        moment = run.agenda.moment_of(now)
        if assignment.due_at <= moment:
            return
        self._take(now, colleague, lifecycle.accept(assignment, colleague.value, moment, self._parameters))
        colleague.diverted += 1
        travel = assignment.inputs.travel_minutes
        run.kpis.staff_minutes += travel
        run.agenda.at(now + travel, self._arrive, colleague)

    def _decline(self, now: float, colleague: Colleague) -> None:
        assignment = colleague.assignment
        if assignment is None or assignment.state is not AssignmentState.PROPOSED:
            return
        colleague.declined.add(assignment.target_id)
        moment = self._run.agenda.moment_of(now)
        self._take(now, colleague, lifecycle.decline(assignment, colleague.value, moment))

    def _arrive(self, now: float, colleague: Colleague) -> None:
        assignment, run = colleague.assignment, self._run
        if assignment is None or not assignment.is_on_the_way:
            return
        moment = run.agenda.moment_of(now)
        self._take(now, colleague, lifecycle.depart(assignment, colleague.value, moment))
        moving = colleague.assignment
        if moving is None:
            return
        self._take(now, colleague, lifecycle.arrive(moving, colleague.value, moment))
        colleague.helps_at = moving.target_id
        station = run.station_of[moving.target_id]
        station.open_kiosk(now)
        leaves_at = run.agenda.minute_of(moving.work_ends_at)
        run.kpis.staff_minutes += max(0.0, leaves_at - now)
        run.agenda.at(max(now, leaves_at) + 1e-3, self._lapse, colleague)
        self._riders.serve(now, station)

    def _lapse(self, now: float, colleague: Colleague) -> None:
        assignment, run = colleague.assignment, self._run
        if assignment is None:
            return
        step = lifecycle.lapse(assignment, colleague.value, run.agenda.moment_of(now))
        if not step.assignment.is_change:
            return
        self._take(now, colleague, step)
        if colleague.helps_at is not None:
            run.station_of[colleague.helps_at].close_kiosk()
            colleague.helps_at = None

    def _take(self, now: float, colleague: Colleague, step: lifecycle.AssignmentStep) -> None:
        after = step.assignment.after
        colleague.value = step.member.after
        colleague.assignment = after if after.is_active else None
        self._run.publish(step.assignment.facts, now)
