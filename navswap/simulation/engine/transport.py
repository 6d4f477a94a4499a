"""Rebalancing: plans open jobs, jobs are offered to transporters, and who accepts one carries it out."""

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from navswap.features.logistics.domain import job_lifecycle, offer_lifecycle, transporter_lifecycle
from navswap.features.logistics.domain.job_lifecycle import Taker
from navswap.features.logistics.domain.matching import Match, OpenJob, match
from navswap.features.logistics.domain.planning import NetworkView, PlanRequest, make_plan, open_jobs
from navswap.features.logistics.domain.values import JobOffer, JobState, OfferState, TransportJob
from navswap.features.packs.domain.values import Pack
from navswap.kit.roads import SlowDown, free_roads
from navswap.simulation.engine.haulage import Haulage
from navswap.simulation.engine.inventories import MINUTE, Inventories
from navswap.simulation.engine.job_book import JobBook
from navswap.simulation.engine.modelled import modelled_roads
from navswap.simulation.engine.riders import Riders
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.vehicles import Fate, Habits, Vehicle, vehicles_of
from navswap.simulation.policies import Asks


class Transport:
    """Moves packs from stations that have too many to those that lack some, as the logistics slice plans.

    Transporters are online while they work: a shift a day, with a break (`world/working_time.py`). `interval_minutes` is how often is planned; without it as often as the parameters say.
    """

    def __init__(
        self, run: Run, riders: Riders, habits: Habits | None = None, interval_minutes: float | None = None
    ) -> None:
        self._run = run
        self._parameters = run.parameters.logistics
        self._interval = interval_minutes or self._parameters.planning.interval / MINUTE
        self._horizon = round(self._parameters.planning.horizon / MINUTE)
        self._offer_minutes = self._parameters.matching.offer_life / MINUTE
        self._inventories = Inventories(run)
        self._fate = Fate(run.draws, habits or Habits())
        start = run.agenda.moment_of(0.0)
        online = [
            transporter_lifecycle.set_online(
                carrier.id, None, start, is_online=True, capacity_packs=carrier.capacity_packs
            ).after
            for carrier in run.city.transporters
        ]
        self.book = JobBook(run, vehicles_of(run.city.transporters, online, run.draws))
        self._haulage = Haulage(run, riders, self.book, self._fate)
        self.book.freed.append(self._match_for)
        self._zones = {site.point: site.zone for site in run.city.stations if site.zone is not None}
        self._last_number = 0
        self._matches_at = math.inf

    def start(self, now: float = 0.0) -> None:
        """Plan after the first interval, and after each one from then on; transporters begin their shifts."""
        for vehicle in self.book.vehicles:
            self._keep_hours(now, vehicle)
        if self.book.vehicles:
            self._run.agenda.at(now + self._interval, self._plan, None)

    @property
    def packs_on_board(self) -> list[Pack]:
        """Return the packs in vehicles."""
        return [pack for vehicle in self.book.vehicles for pack in vehicle.on_board.values()]

    def _keep_hours(self, now: float, vehicle: Vehicle) -> None:
        """Go online or offline, and do so again at the next end or begin of work; a job under way is finished first."""
        stretch = vehicle.hours.next(now)
        works = stretch.begins <= now
        moment = self._run.agenda.moment_of(now)
        vehicle.transporter = transporter_lifecycle.set_online(
            vehicle.transporter.id, vehicle.transporter, moment, is_online=works
        ).after
        self._run.agenda.at(stretch.ends if works else stretch.begins, self._keep_hours, vehicle)
        if works:
            self._match_for(now, vehicle)

    def _plan(self, now: float, about: object) -> None:
        """Decide what to move, open the jobs of it, and offer them."""
        run, parameters = self._run, self._parameters
        run.agenda.at(now + self._interval, self._plan, about)
        inventories = self._inventories.read(now, self.book.active.values())
        network = NetworkView(
            as_of=run.agenda.moment_of(now),
            inventories=inventories,
            forecasts=self._inventories.forecast(now, inventories, self._horizon),
            capacities=[
                vehicle.transporter.capacity_packs
                for vehicle in self.book.vehicles
                if vehicle.transporter.is_online
            ],
            slow_down=self._roads(now),
            last_number=self._last_number,
        )
        made = make_plan(PlanRequest(self._horizon), network, parameters, run.ids)
        self._last_number += 1
        run.publish(made.facts, now)
        for opened in open_jobs(made.after, parameters.jobs):
            self.book.open(opened, now)
        self._match_soon(now)

    def _roads(self, now: float) -> SlowDown:
        """Return how slow the roads will be: by the model, where it is asked; else they are free."""
        models = self._run.asked(Asks.TRAFFIC)
        return free_roads if models is None else modelled_roads(models, self._zones, now)

    def _match_for(self, now: float, vehicle: Vehicle) -> None:
        if vehicle.is_free:
            self._match_soon(now)

    def _match_soon(self, now: float) -> None:
        """Match at the next whole minute, all that has changed until then at once."""
        due = math.floor(now) + 1.0
        if due < self._matches_at:
            self._matches_at = due
            self._run.agenda.at(due, self._match, None)

    def _match(self, now: float, about: object) -> None:  # noqa: ARG002 - the agenda hands it on
        """Offer the open jobs without a live offer to the transporters who are free."""
        self._matches_at = math.inf
        run, book, moment = self._run, self.book, self._run.agenda.moment_of(now)
        waiting = [
            job
            for job in book.active.values()
            if job.state is JobState.OPEN
            and job.due_at > moment
            and not any(offer.is_live for offer in book.offers[job.id])
        ]
        carriers = [vehicle.as_carrier(now) for vehicle in book.vehicles if vehicle.may_be_offered(now)]
        if not waiting or not carriers:
            return
        jobs = [
            OpenJob.of(job, run.station_of[job.origin_id].value.information.point, book.offers[job.id])
            for job in waiting
        ]
        of_job: Mapping[str, list[Match]] = defaultdict(list)
        for found in match(jobs, carriers, moment, self._parameters.matching, free_roads):
            of_job[found.job_id].append(found)
        for job_id, chosen in of_job.items():
            self._offer(now, book.active[job_id], chosen)

    def _offer(self, now: float, job: TransportJob, chosen: list[Match]) -> None:
        run, book = self._run, self.book
        number, origin = book.number_of(job.id), run.station_of[job.origin_id].value.information.point
        book.apply(job_lifecycle.offer(job), now)
        transporters = {
            found.transporter_id: book.vehicle_of[found.transporter_id].transporter for found in chosen
        }
        life = timedelta(minutes=self._offer_minutes)
        made = offer_lifecycle.make(job, chosen, transporters, run.agenda.moment_of(now), life, run.ids)
        book.apply_offers(made, now)
        for offer in (step.after for step in made.offers):
            vehicle = book.vehicle_of[offer.transporter_id]
            answer = self._fate.answer(vehicle, number, origin)
            if answer.after_minutes >= self._offer_minutes:
                run.agenda.at(now + self._offer_minutes + 1e-3, self._expire, offer)
            else:
                handler = self._accept if answer.accepts else self._decline
                run.agenda.at(now + answer.after_minutes, handler, offer)

    def _accept(self, now: float, offer: JobOffer) -> None:
        """Give the job to who accepts it; an offer that has ended meanwhile comes to nothing."""
        book, present = self.book, self.book.find_offer(offer)
        if present is None or not present.is_live:
            return
        vehicle, moment = book.vehicle_of[offer.transporter_id], self._run.agenda.moment_of(now)
        taker = Taker(offer.transporter_id, present, book.load_of(vehicle))
        accepted = job_lifecycle.accept(book.active[offer.job_id], taker, moment, self._parameters.jobs)
        of_job = [known for known in book.offers[offer.job_id] if known.is_live]
        live = {known.id: known for known in (*of_job, *vehicle.offers.values())}
        book.end_offers(offer_lifecycle.endings_by_acceptance(present, live.values()), now)
        vehicle.job_id = offer.job_id
        self._haulage.begin(now, book.apply(accepted, now), vehicle)
        if len(live) > 1:
            self._match_soon(now)  # those whose offers were withdrawn are free for other jobs

    def _decline(self, now: float, offer: JobOffer) -> None:
        present = self.book.find_offer(offer)
        if present is not None and present.is_live:
            self.book.end_offers([(offer_lifecycle.declinable(present), OfferState.DECLINED)], now)
            self._match_soon(now)

    def _expire(self, now: float, offer: JobOffer) -> None:
        present = self.book.find_offer(offer)
        if present is not None and present.is_live:
            self.book.end_offers([(present, OfferState.EXPIRED)], now)
            self._match_soon(now)
