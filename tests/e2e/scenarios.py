"""What the scenarios of tests/e2e/answers are told apart by, and work with."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from strawberry import relay

from navswap.features.packs.service import Pack
from navswap.features.stations.service import Station
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_rider, a_station
from tests.features.swapping.steps import confirm
from tests.support.api import Api

NOWHERE = relay.to_base64("Station", "nowhere")


@dataclass
class World:
    """What a scenario works with."""

    runtime: Runtime
    clock: ManualClock
    address: str

    async def call(self, user: User | None, field: str, **values: Any) -> str:
        """Call a mutation in the name of a user and return the type of its result."""
        name = f"{field[0].upper()}{field[1:]}Input"
        document = (
            f"mutation M($input: {name}!) {{ {field}(input: $input) "
            "{ __typename ... on Refusal { code message } } }"
        )
        token = None
        if user is not None:
            token, _ = self.runtime.access_tokens.issue(user.id, user.role, new_id())
        async with Api(self.address, token) as api:
            result = await api.ask(document, input=values)
        if "code" in result:
            assert result["message"].endswith("."), "a refusal says in a sentence what to do"
        return str(result["__typename"])

    async def held(self, **station: Any) -> tuple[Station, User, Pack | None, QueueEntry]:
        """Return a station and a rider with a hold there."""
        place = await a_station(self.runtime, **station)
        rider, pack = await a_rider()
        return place, rider, pack, await confirm(self.runtime, rider.id, place)


Scenario = Callable[[World], Awaitable[str]]
SCENARIOS: dict[tuple[str, str], list[Scenario]] = defaultdict(list)
"""The cases by field and member of its result; a member that is reached in several ways has several."""


def answers(field: str, member: str) -> Callable[[Scenario], Scenario]:
    def keep(scenario: Scenario) -> Scenario:
        SCENARIOS[field, member].append(scenario)
        return scenario

    return keep


def node(kind: str, identifier: str) -> str:
    return relay.to_base64(kind, identifier)
