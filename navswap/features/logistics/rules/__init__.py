"""Pure decisions of logistics: what to move where, who is offered a job, how a job ends and what it pays."""

from navswap.features.logistics.rules.jobs import (
    MAX_ATTEMPTS,
    earned_credits,
    end_of_lapsed,
    end_of_stopped,
    open_until,
    outcome,
    reward_credits,
    work_until,
)
from navswap.features.logistics.rules.matching import Carrier, Match, OpenJob, match
from navswap.features.logistics.rules.rebalancing import (
    BalanceForecast,
    Need,
    Rebalancing,
    StationFacts,
    Transport,
    TransportProblem,
    drive_minutes,
    load_limit,
    need_of,
    rebalance,
    split_into_loads,
)
from navswap.features.logistics.rules.slots import assign_slots

__all__ = [
    "MAX_ATTEMPTS",
    "BalanceForecast",
    "Carrier",
    "Match",
    "Need",
    "OpenJob",
    "Rebalancing",
    "StationFacts",
    "Transport",
    "TransportProblem",
    "assign_slots",
    "drive_minutes",
    "earned_credits",
    "end_of_lapsed",
    "end_of_stopped",
    "load_limit",
    "match",
    "need_of",
    "open_until",
    "outcome",
    "rebalance",
    "reward_credits",
    "split_into_loads",
    "work_until",
]
