"""How long packs are held for a rider of a run."""

from datetime import timedelta

from navswap.features.stations.domain.hours import gives_holds
from navswap.features.swapping.domain.hold_times import HoldQuestion, usual_hold
from navswap.features.swapping.domain.values import BonusQuote
from navswap.simulation.engine.modelled import modelled_hold
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit
from navswap.simulation.policies import Asks


def hold_time(
    run: Run, visit: Visit, station: SimStation, expected_in: float | None, bonus: BonusQuote, now: float
) -> timedelta:
    """Return how long a hold lasts: as the model says, where it is asked and answers, else as the rule; none past the closing time.

    `expected_in` is the minutes of the ride; None for a rider who stands at the station.
    """
    parameters, models = run.parameters.swapping, run.asked(Asks.HOLDS)
    metres = visit.straight_metres(station.index)
    if expected_in is None or metres is None:
        return parameters.hold
    usual = usual_hold(expected_in, parameters)
    if models is None and usual.lasts == parameters.hold:
        return usual.lasts  # the caller has looked at the closing time
    question = HoldQuestion(station.id, visit.rider_id, metres, expected_in, visit.packs, bonus.credits)
    modelled = None if models is None else modelled_hold(models, question, parameters, now)
    lasts = (modelled or usual).lasts
    moment = run.agenda.moment_of(now)
    return lasts if gives_holds(station.value, moment, moment + lasts) else min(lasts, parameters.hold)
