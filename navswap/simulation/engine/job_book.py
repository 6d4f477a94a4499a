"""The transport jobs of a run that are not over, their offers, and the vehicles that carry them."""

from collections.abc import Callable, Iterable, Sequence

from navswap.features.logistics.domain import job_lifecycle, offer_lifecycle, transporter_lifecycle
from navswap.features.logistics.domain.offer_lifecycle import OfferSteps
from navswap.features.logistics.domain.values import JobOffer, JobState, OfferState, TransportJob
from navswap.features.logistics.domain.vehicles import VehicleLoad
from navswap.kit.lifecycle import Transition
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.vehicles import Vehicle

Freed = Callable[[float, Vehicle], None]
"""Follows a vehicle whose job is over."""


class JobBook:
    """Carries out what the logistics slice decides of jobs and offers."""

    def __init__(self, run: Run, vehicles: Sequence[Vehicle]) -> None:
        self._run = run
        self.vehicles = tuple(vehicles)
        self.vehicle_of = {vehicle.transporter.id: vehicle for vehicle in vehicles}
        self.active: dict[str, TransportJob] = {}
        self.offers: dict[str, list[JobOffer]] = {}
        """All offers of each job that is not over."""
        self.freed: list[Freed] = []
        """Called with each vehicle whose job is over."""
        self.ended: dict[JobState, int] = {}
        self._numbers: dict[str, int] = {}
        self._opened = 0

    def open(self, step: Transition[TransportJob], now: float) -> None:
        """Take a new job in."""
        self._opened += 1
        self._numbers[step.after.id] = self._opened
        self.offers[step.after.id] = []
        self.apply(step, now)
        self._watch(step.after)

    def number_of(self, job_id: str) -> int:
        """Return how many jobs the run had opened when a job was, itself included."""
        return self._numbers[job_id]

    def apply(self, step: Transition[TransportJob], now: float) -> TransportJob:
        """Take a step of a job over; a vehicle whose job it was is free, and the pay is counted."""
        job = step.after
        if not step.is_change:
            return job
        self.active[job.id] = job
        self._run.publish(step.facts, now)
        if job.has_ended:
            self._close(job, now)
        if step.before is not None and job.due_at != step.before.due_at and not job.has_ended:
            self._watch(job)
        if (transporter_id := job_lifecycle.freed_transporter(step)) is not None:
            vehicle = self.vehicle_of[transporter_id]
            if job.has_ended:
                vehicle.earn(now, job.paid_credits)
            self._free(vehicle, now)
        return job

    def apply_offers(self, steps: OfferSteps, now: float) -> None:
        """Take offers over that were made or have ended."""
        for step in steps.transporters:
            self.vehicle_of[step.after.id].transporter = step.after
        for offer in (step.after for step in steps.offers):
            of_job = [known for known in self.offers[offer.job_id] if known.id != offer.id]
            self.offers[offer.job_id] = [*of_job, offer]
            waiting = self.vehicle_of[offer.transporter_id].offers
            if offer.is_live:
                waiting[offer.id] = offer
            else:
                waiting.pop(offer.id, None)
        self._run.publish(steps.facts, now)

    def end_offers(self, endings: Iterable[tuple[JobOffer, OfferState]], now: float) -> None:
        """End offers that are live, each in the state beside it."""
        live = [(offer, state) for offer, state in endings if offer.is_live]
        if live:
            transporters = {
                offer.transporter_id: self.vehicle_of[offer.transporter_id].transporter for offer, _ in live
            }
            moment = self._run.agenda.moment_of(now)
            self.apply_offers(offer_lifecycle.end(live, transporters, moment), now)

    def find_offer(self, offer: JobOffer) -> JobOffer | None:
        """Return an offer as it is now, None where its job is over."""
        return next((known for known in self.offers.get(offer.job_id, ()) if known.id == offer.id), None)

    def load_of(self, vehicle: Vehicle) -> VehicleLoad:
        """Return what a vehicle carries."""
        return VehicleLoad(
            vehicle.transporter.capacity_packs,
            {pack.id: pack.model_id for pack in vehicle.on_board.values()},
            None if vehicle.job_id is None else self.active.get(vehicle.job_id),
        )

    def _watch(self, job: TransportJob) -> None:
        due = self._run.agenda.minute_of(job.due_at)
        self._run.agenda.at(due + 1e-3, self._lapse, job.id)

    def _lapse(self, now: float, job_id: str) -> None:
        job = self.active.get(job_id)
        if job is not None:
            run = self._run
            moment = run.agenda.moment_of(now)
            self.apply(job_lifecycle.lapse(job, moment, run.parameters.logistics.jobs), now)

    def _close(self, job: TransportJob, now: float) -> None:
        self.end_offers([(offer, OfferState.WITHDRAWN) for offer in self.offers[job.id]], now)
        del self.active[job.id], self.offers[job.id], self._numbers[job.id]
        self.ended[job.state] = self.ended.get(job.state, 0) + 1
        self._run.kpis.packs_moved += len(job.delivered)
        self._run.kpis.credits_paid += job.paid_credits

    def _free(self, vehicle: Vehicle, now: float) -> None:
        vehicle.job_id = None
        moment = self._run.agenda.moment_of(now)
        vehicle.transporter = transporter_lifecycle.free(vehicle.transporter, moment).after
        for follow in self.freed:
            follow(now, vehicle)
