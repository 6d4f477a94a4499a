"""The views of recommendations."""

from typing import Self

import strawberry

from navswap.features.stations.graphql import Station
from navswap.features.stations.service import Station as StoredStation
from navswap.features.swapping.domain.ranking import Ranked, Reason, ReasonKind
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.scalars import Metres, Minutes, NonNegativeInt

describe_enum(
    ReasonKind,
    "What a station costs a rider.",
    {
        "RIDE": "The way there on free roads.",
        "TRAFFIC_DELAY": "What the traffic of now adds to the way there.",
        "WAIT": "The median wait once there.",
        "UNCERTAIN_WAIT": "Half of what the wait may be longer than its median; where a model forecasts the demand, what "
        "waiting costs beyond it: each minute that this rider, or another one for this rider, is expected to wait counts for two "
        "minutes of riding, unless the operator has set it otherwise.",
        "SCARCE_PACKS": "The risk that the last packs are gone on arrival.",
        "OUTAGE": "The risk that the station is out of service before the swap: 0 where no model forecasts it.",
    },
    name="RankReasonKind",
)


@strawberry.type(description="One part of what a station costs a rider; the rank orders by their sum.")
class RankReason:
    """A reason as clients see it."""

    kind: ReasonKind = strawberry.field(description="What it stands for.")
    minutes: Minutes = strawberry.field(description="Its part of the cost.")

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """Build the view of a reason."""
        return cls(kind=reason.kind, minutes=reason.minutes)


@strawberry.type(
    description="A station recommended to a rider, with what is expected and why it ranks here. A wait is the time from the "
    "arrival until the riders who are there before have been served and the packs of the visit are charged, by the plan that "
    "the station charges by. Riders with a hold are there before only if they arrive before this rider: by the estimates of their "
    "rides, or, where a model forecasts the demand, by how likely that is."
)
class Recommendation:
    """A ranked station as clients see it."""

    rank: int = strawberry.field(description="Place in the ranking, from 1 (the best).")
    station: Station = strawberry.field(description="The station.")
    distance_metres: Metres = strawberry.field(description="Straight distance.")
    eta_minutes: Minutes = strawberry.field(description="Time to ride there through the traffic of now.")
    traffic_delay_minutes: Minutes = strawberry.field(
        description="The part of `etaMinutes` that traffic adds."
    )
    wait_p50_minutes: Minutes = strawberry.field(
        description="Median wait from the arrival on; half of the riders wait less."
    )
    wait_p90_minutes: Minutes = strawberry.field(
        description="Wait from the arrival on that nine of ten riders do not exceed."
    )
    charged_packs: NonNegativeInt = strawberry.field(
        description="Charged packs of the rider's model now, held ones included."
    )
    free_packs: NonNegativeInt = strawberry.field(
        description="Packs of the rider's model that may be held now: charged, not held, not kept back for riders on site."
    )
    cost_minutes: Minutes = strawberry.field(
        description="What the ranking orders by: the sum of the reasons."
    )
    reasons: list[RankReason] = strawberry.field(description="The parts of the cost, dearest first.")
    source: Source = strawberry.field(description="Where ETA and waits come from.")

    @classmethod
    def of(cls, rank: int, station: StoredStation, ranked: Ranked) -> Self:
        """Build the view of a ranked station."""
        facts, estimate = ranked.facts, ranked.estimate
        return cls(
            rank=rank,
            station=Station.of(station),
            distance_metres=facts.distance_metres,
            eta_minutes=estimate.eta_minutes,
            traffic_delay_minutes=estimate.traffic_delay_minutes,
            wait_p50_minutes=estimate.wait_p50_minutes,
            wait_p90_minutes=estimate.wait_p90_minutes,
            charged_packs=facts.charged_packs,
            free_packs=facts.packs_to_promise,
            cost_minutes=ranked.cost_minutes,
            reasons=[RankReason.of(reason) for reason in ranked.reasons],
            source=estimate.source,
        )
