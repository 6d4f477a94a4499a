"""Policies: named sets of rules, to be compared on the same city and the same riders."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class StationChoice(StrEnum):
    """How riders choose their station."""

    BLIND = "BLIND"
    """The nearest open one, whatever it has: no app."""
    NEAREST = "NEAREST"
    """The nearest open one that has the packs of the visit; the nearest of all where none has."""
    RECOMMENDED = "RECOMMENDED"
    """The one that NavSwap ranks first."""


class Charging(StrEnum):
    """How stations share their feeder out among the packs."""

    AT_ONCE = "AT_ONCE"
    """First come, first charged, at the charger's full power."""
    LEAST_NEED_FIRST = "LEAST_NEED_FIRST"
    """The pack that needs least first: optimal in heavy traffic (Jin, Mao, Xu, IEEE TSG 2023)."""
    PLANNED = "PLANNED"
    """By the charging plan: promised packs first, then forecast demand, the rest in the cheapest hours."""


class Asks(StrEnum):
    """A decision that a policy asks the models for; without them, or before they answer, it is made as by the rules."""

    BUFFER = "BUFFER"
    """Packs kept back for walk-ins, and with them which station is recommended."""
    OUTAGES = "OUTAGES"
    """The risk that a station is out of service on arrival, in the recommendation."""
    CHARGING = "CHARGING"
    """The swaps that charging is planned for."""
    REBALANCING = "REBALANCING"
    """The packs that stations will have too many or too few."""
    STAFF = "STAFF"
    """The work that comes up at stations."""
    HOLDS = "HOLDS"
    """How long packs are held for a rider, by when the rider will come, if at all."""
    FAULTS = "FAULTS"
    """What is tried against a fault once the playbook is through."""
    TRAFFIC = "TRAFFIC"
    """How slow the roads of a trip of transport will be."""
    STORAGE = "STORAGE"
    """Which partner shops are asked to store packs."""
    ORDERS = "ORDERS"
    """How many packs a depot will give out, and so how many are ordered."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which rules run a network.

    `gives_holds` is whether riders reserve packs before they ride; `rebalances` whether packs are moved between stations;
    `diverts_staff` whether staff goes where riders queue; `acts_remotely` whether commands are tried on a fault before a
    technician is sent, `leads_on` whether a rider who finds no packs at a station is shown one that has them, and holds them there. `asks` are the decisions that the models are asked for.
    """

    name: str
    summary: str
    choice: StationChoice
    gives_holds: bool
    charging: Charging
    rebalances: bool = False
    diverts_staff: bool = False
    acts_remotely: bool = False
    leads_on: bool = False
    asks: frozenset[Asks] = frozenset()


POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            Policy(
                "do-nothing",
                "no holds, no advice: riders go to the nearest station, packs charge as they come",
                StationChoice.BLIND,
                gives_holds=False,
                charging=Charging.AT_ONCE,
            ),
            Policy(
                "nearest",
                "holds at the nearest station that has packs, charged at once, nothing rebalanced",
                StationChoice.NEAREST,
                gives_holds=True,
                charging=Charging.AT_ONCE,
            ),
            Policy(
                "less-demand-first",
                "as nearest, but the pack that needs least is charged first",
                StationChoice.NEAREST,
                gives_holds=True,
                charging=Charging.LEAST_NEED_FIRST,
            ),
            Policy(
                "rules",
                "NavSwap's rules: ranked stations, planned charging, rebalancing, diversion, playbooks",
                StationChoice.RECOMMENDED,
                gives_holds=True,
                charging=Charging.PLANNED,
                rebalances=True,
                diverts_staff=True,
                acts_remotely=True,
                leads_on=True,
            ),
            Policy(
                "models",
                "as rules, but decided on what the models expect instead of last week's counts",
                StationChoice.RECOMMENDED,
                gives_holds=True,
                charging=Charging.PLANNED,
                rebalances=True,
                diverts_staff=True,
                acts_remotely=True,
                leads_on=True,
                asks=frozenset(Asks),
            ),
        )
    }
)
"""The policies by name."""
