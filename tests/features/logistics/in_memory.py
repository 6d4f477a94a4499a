"""Logistics without a database: the decisions of the domain over dictionaries, as the simulation runs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from navswap.features.logistics.domain import (
    job_lifecycle,
    matching,
    offer_lifecycle,
    planning,
    transporter_lifecycle,
)
from navswap.features.logistics.domain.job_lifecycle import Taker
from navswap.features.logistics.domain.matching import Carrier, OpenJob
from navswap.features.logistics.domain.offer_lifecycle import OfferSteps
from navswap.features.logistics.domain.parameters import LogisticsParameters
from navswap.features.logistics.domain.planning import NetworkView, PlanRequest
from navswap.features.logistics.domain.values import (
    JobOffer,
    JobState,
    OfferState,
    RebalancingPlan,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.domain.vehicles import VehicleLoad
from navswap.kit.clock import Clock
from navswap.kit.facts import Fact
from navswap.kit.geo import Point
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition
from navswap.kit.roads import free_roads


@dataclass
class InMemory:
    """The state of logistics, and the facts that its steps made true."""

    clock: Clock
    parameters: LogisticsParameters
    points: dict[str, Point]
    """Where stations and transporters are."""
    plans: dict[str, RebalancingPlan] = field(default_factory=dict)
    jobs: dict[str, TransportJob] = field(default_factory=dict)
    offers: dict[str, JobOffer] = field(default_factory=dict)
    transporters: dict[str, Transporter] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def set_online(self, transporter_id: str, *, is_online: bool, capacity_packs: int | None = None) -> None:
        step = transporter_lifecycle.set_online(
            transporter_id,
            self.transporters.get(transporter_id),
            self.clock.now(),
            is_online=is_online,
            capacity_packs=capacity_packs,
        )
        self.transporters[transporter_id] = step.after
        if not is_online:
            self._withdraw([offer for offer in self._live() if offer.transporter_id == transporter_id])

    def plan(self, network: NetworkView, ids: Ids) -> None:
        made = planning.make_plan(PlanRequest(120), network, self.parameters, ids)
        self.plans[made.after.id] = made.after
        self.facts += made.facts
        for step in planning.open_jobs(made.after, self.parameters.jobs):
            self._apply(step)

    def match(self, ids: Ids) -> None:
        offered = {offer.job_id for offer in self._live()}
        waiting = [job for job in self.jobs.values() if job.state is JobState.OPEN and job.id not in offered]
        open_jobs = [
            OpenJob.of(
                job,
                self.points[job.origin_id],
                [offer for offer in self.offers.values() if offer.job_id == job.id],
            )
            for job in waiting
        ]
        found = matching.match(
            open_jobs, self._carriers(), self.clock.now(), self.parameters.matching, free_roads
        )
        for job in waiting:
            chosen = [match for match in found if match.job_id == job.id]
            if chosen:
                self._apply(job_lifecycle.offer(job))
                self._apply_offers(
                    offer_lifecycle.make(
                        job,
                        chosen,
                        self.transporters,
                        self.clock.now(),
                        self.parameters.matching.offer_life,
                        ids,
                    )
                )

    def expire(self) -> None:
        late = [offer for offer in self._live() if offer.expires_at <= self.clock.now()]
        self._end([(offer, OfferState.EXPIRED) for offer in late])

    def accept(self, job_id: str, transporter_id: str) -> None:
        newest = self._newest(job_id, transporter_id)
        taker = Taker(transporter_id, newest, self._vehicle(transporter_id))
        step = job_lifecycle.accept(self.jobs[job_id], taker, self.clock.now(), self.parameters.jobs)
        if step.is_change and newest is not None:
            live = [
                offer
                for offer in self._live()
                if offer.job_id == job_id or offer.transporter_id == transporter_id
            ]
            self._end(offer_lifecycle.endings_by_acceptance(newest, live))
        self._apply(step)

    def decline(self, job_id: str, transporter_id: str) -> None:
        offer = offer_lifecycle.declinable(self._newest(job_id, transporter_id))
        self._end([(offer, OfferState.DECLINED)])

    def pick_up(self, job_id: str, transporter_id: str, packs: Sequence[str]) -> None:
        self._apply(job_lifecycle.pick_up(self.jobs[job_id], transporter_id, packs, self.clock.now()))

    def deliver(self, job_id: str, transporter_id: str, packs: Sequence[str]) -> None:
        self._apply(job_lifecycle.deliver(self.jobs[job_id], transporter_id, packs, self.clock.now()))

    def fail(self, job_id: str, transporter_id: str, reason: str) -> None:
        self._apply(job_lifecycle.fail(self.jobs[job_id], transporter_id, reason, self.clock.now()))

    def cancel(self, job_id: str, reason: str) -> None:
        self._apply(job_lifecycle.cancel(self.jobs[job_id], reason, self.clock.now()))

    def lapse(self) -> None:
        for job in list(self.jobs.values()):
            self._apply(job_lifecycle.lapse(job, self.clock.now(), self.parameters.jobs))

    def earned(self, transporter_id: str) -> int:
        """Return what a transporter was paid."""
        return sum(job.paid_credits for job in self.jobs.values() if job.transporter_id == transporter_id)

    def _apply(self, step: Transition[TransportJob]) -> None:
        self.jobs[step.after.id] = step.after
        self.facts += step.facts
        if (freed := job_lifecycle.freed_transporter(step)) is not None:
            self.transporters[freed] = transporter_lifecycle.free(
                self.transporters[freed], self.clock.now()
            ).after
        if step.after.has_ended:
            self._withdraw([offer for offer in self._live() if offer.job_id == step.after.id])

    def _apply_offers(self, steps: OfferSteps) -> None:
        self.offers |= {step.after.id: step.after for step in steps.offers}
        self.transporters |= {step.after.id: step.after for step in steps.transporters}
        self.facts += steps.facts

    def _withdraw(self, offers: Sequence[JobOffer]) -> None:
        self._end([(offer, OfferState.WITHDRAWN) for offer in offers])

    def _end(self, endings: Sequence[tuple[JobOffer, OfferState]]) -> None:
        self._apply_offers(offer_lifecycle.end(endings, self.transporters, self.clock.now()))

    def _live(self) -> list[JobOffer]:
        return [offer for offer in self.offers.values() if offer.is_live]

    def _newest(self, job_id: str, transporter_id: str) -> JobOffer | None:
        found = [
            offer
            for offer in self.offers.values()
            if (offer.job_id, offer.transporter_id) == (job_id, transporter_id)
        ]
        return found[-1] if found else None

    def _vehicle(self, transporter_id: str) -> VehicleLoad:
        own = [job for job in self.jobs.values() if job.transporter_id == transporter_id]
        on_board = {serial: job.pack_model_id for job in own for serial in job.on_board}
        under_way = next((job for job in own if job.is_under_way), None)
        return VehicleLoad(self.transporters[transporter_id].capacity_packs, on_board, under_way)

    def _carriers(self) -> list[Carrier]:
        answering = {offer.transporter_id for offer in self._live()}
        return [
            Carrier(
                transporter.id,
                self.points[transporter.id],
                self._vehicle(transporter.id).room_packs,
                transporter.free_since,
                self.earned(transporter.id),
            )
            for transporter in self.transporters.values()
            if transporter.is_online
            and transporter.id not in answering
            and self._vehicle(transporter.id).job is None
        ]
