"""Every member of every mutation's result is reached at least once, through the public API.

The scenarios are in tests/e2e/answers, a file for each slice; a file there is found by itself.
"""

from importlib import import_module
from pathlib import Path

import pytest
from graphql import GraphQLNonNull, GraphQLUnionType

from navswap.events.audit_log import AuditLogEntry
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from navswap.schema import build_schema
from tests.e2e.audited import NOT_RECORDED, for_administrators_or_staff
from tests.e2e.scenarios import SCENARIOS, World
from tests.support.api import running

for path in sorted((Path(__file__).parent / "answers").glob("*.py")):
    import_module(f"tests.e2e.answers.{path.stem}")


def members() -> set[tuple[str, str]]:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    results = {
        name: field.type.of_type
        for name, field in mutation.fields.items()
        if isinstance(field.type, GraphQLNonNull)
    }
    return {
        (name, member.name)
        for name, result in results.items()
        if isinstance(result, GraphQLUnionType)
        for member in result.types
    }


def test_there_is_a_scenario_for_every_member_of_every_result() -> None:
    assert set(SCENARIOS) == members()


def test_what_is_not_in_the_audit_log_is_a_mutation_of_administrators_or_staff() -> None:
    assert NOT_RECORDED.keys() <= for_administrators_or_staff()


@pytest.mark.parametrize("field", sorted({field for field, _ in SCENARIOS}))
async def test_every_member_of_a_result_is_reached(runtime: Runtime, clock: ManualClock, field: str) -> None:
    async with running(runtime) as address:
        world = World(runtime, clock, address)
        cases = [
            (member, scenario)
            for (name, member), scenarios in SCENARIOS.items()
            for scenario in scenarios
            if name == field
        ]
        assert [await scenario(world) for _, scenario in cases] == [member for member, _ in cases]
    if field in for_administrators_or_staff():
        is_recorded = await AuditLogEntry.find({"action": field}).count() > 0
        assert is_recorded is (field not in NOT_RECORDED)
