"""What people answer and when they work: partners, transporters and staff who accept, refuse and answer late."""

from dataclasses import dataclass

from navswap.simulation.draws import Draws, Purpose

SHIFT_HOURS = {"MORNING": (6, 14), "EVENING": (14, 22), "NIGHT": (22, 30)}
"""Begin and end of the shifts, local hours; 30 is 06:00 of the next day."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one is answered to an offer, and after how many minutes; some let it lapse, which is a refusal."""

    accepts: bool
    after_minutes: float


@dataclass(frozen=True, slots=True)
class PeopleParameters:
    """How willing people are; a transporter's willingness falls by `per_km` for each km to the job."""

    partner: float = 0.82
    transporter: float = 0.92
    per_km: float = 0.05
    staff: float = 0.85
    answer_minutes: float = 2.5


def partner_answer(
    draws: Draws, shop: int, offer: int, room_share: float, parameters: PeopleParameters | None = None
) -> Answer:
    """Return whether a shop takes packs; `room_share` is the room that is free, 0 to 1, and without any it declines."""
    known = parameters or PeopleParameters()
    willing = 0.0 if room_share <= 0 else known.partner * (0.7 + 0.3 * min(1.0, room_share))
    return _answer(draws, Purpose.PARTNER_ANSWER, shop, offer, willing, known)


def transporter_answer(
    draws: Draws, transporter: int, offer: int, km: float, parameters: PeopleParameters | None = None
) -> Answer:
    """Return whether a transporter takes a job that begins so far away."""
    known = parameters or PeopleParameters()
    willing = max(0.1, known.transporter - known.per_km * km)
    return _answer(draws, Purpose.TRANSPORTER_ANSWER, transporter, offer, willing, known)


def staff_answer(draws: Draws, worker: int, offer: int, parameters: PeopleParameters | None = None) -> Answer:
    """Return whether a member of staff goes where another station needs help."""
    known = parameters or PeopleParameters()
    return _answer(draws, Purpose.STAFF_ANSWER, worker, offer, known.staff, known)


def _answer(
    draws: Draws, purpose: Purpose, person: int, offer: int, willing: float, parameters: PeopleParameters
) -> Answer:
    accepts = draws.uniform(purpose, person, 2 * offer) < willing
    return Answer(accepts, parameters.answer_minutes * draws.exponential(purpose, person, 2 * offer + 1))
