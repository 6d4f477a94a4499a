"""The regret of a run, from what it logged."""

from dataclasses import asdict, dataclass

from navswap.simulation.engine.log import Collected
from navswap.simulation.engine.run import Run
from navswap.simulation.regret.charging import least_charging_cost
from navswap.simulation.regret.rebalancing import RegretParameters, rebalancing_costs


@dataclass(frozen=True, slots=True)
class Regret:
    """What a run cost and what it would have cost at least, in the currency of the tariffs.

    Charging is the energy of `stations` stations, without charges for peaks; rebalancing is lost riders and driving in the
    whole city.
    """

    stations: int
    charging_cost: float
    charging_optimum: float
    rebalancing_cost: float
    rebalancing_optimum: float

    @property
    def charging(self) -> float:
        """Return what charging cost above the optimum; not below 0."""
        return max(0.0, self.charging_cost - self.charging_optimum)

    @property
    def rebalancing(self) -> float:
        """Return what lost riders and driving cost above the optimum; not below 0."""
        return max(0.0, self.rebalancing_cost - self.rebalancing_optimum)

    def as_figures(self) -> dict[str, float]:
        """Return the figures that policies are compared by."""
        cost = self.charging_cost
        return {
            "charging_regret_percent": 100 * self.charging / cost if cost > 0 else 0.0,
            "rebalancing_regret": self.rebalancing,
        }

    def as_dict(self) -> dict[str, float]:
        """Return all that is stored."""
        return asdict(self)


def regret_of(log: Collected, run: Run, end: float, parameters: RegretParameters) -> Regret:
    """Return the regret of a run that ended at a minute; raises ImpossibleChargingError where the log contradicts itself."""
    looked_at = spread(len(run.stations), parameters.most_stations)
    stays = [stay for stay in log.stays if stay.station in looked_at]
    least = least_charging_cost(stays, [station.feeder_kw for station in run.stations], run.energy.price)
    of_run, optimum = rebalancing_costs(log, run.city, run.kpis.km_driven, end, parameters)
    return Regret(
        len(looked_at),
        sum(run.energy.cost_by_station[index] for index in looked_at),
        least,
        of_run,
        optimum,
    )


def spread(count: int, most: int) -> frozenset[int]:
    """Return at most so many of the indexes below a count, evenly spread."""
    wanted = min(count, most)
    return frozenset(index * count // wanted for index in range(wanted))
