from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLError,
    KnownTypeNamesRule,
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    get_introspection_query,
    parse,
    specified_rules,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from navswap.edge.limits import (
    BoundedMergeRule,
    BoundedTypeNamesRule,
    LimitExceededError,
    Limits,
    has_more_values,
    limits_rule,
)

SCHEMA = build_schema("type Query { me: User  other: User } type User { name: String  friend: User }")
SMALL = Limits(depth=3, aliases=2, directives=2, fields=6, tokens=100)


def findings(document: str, limits: Limits = SMALL) -> list[GraphQLError]:
    return validate(SCHEMA, parse(document), [*specified_rules, limits_rule(limits)])


@pytest.mark.parametrize(
    ("document", "code", "limit", "actual"),
    [
        ("{ me { friend { friend { name } } } }", "QUERY_TOO_DEEP", 3, 4),
        ("{ me { ...A } } fragment A on User { friend { friend { name } } }", "QUERY_TOO_DEEP", 3, 4),
        ("{ me { ... on User { friend { friend { name } } } } }", "QUERY_TOO_DEEP", 3, 4),
        ("{ a: me { name } b: me { name } c: me { name } }", "TOO_MANY_ALIASES", 2, 3),
        (
            "{ me { name @skip(if: true) @include(if: true) friend @skip(if: true) { name } } }",
            "TOO_MANY_DIRECTIVES",
            2,
            3,
        ),
        ("query ($a: Boolean @x @y @z) { me { name } }", "TOO_MANY_DIRECTIVES", 2, 3),
        (
            "{ me { ...A ...A @skip(if: true) } } fragment A on User @x @y { name }",
            "TOO_MANY_DIRECTIVES",
            2,
            5,
        ),
        ("{ me { name name name } other { name name name } }", "TOO_MANY_FIELDS", 6, 8),
        (
            "{ me { ...A } other { ...A } } fragment A on User { name friend { name } }",
            "TOO_MANY_FIELDS",
            6,
            8,
        ),
    ],
)
def test_a_document_over_a_limit_names_the_limit_and_the_actual_size(
    document: str, code: str, limit: int, actual: int
) -> None:
    errors = [error for error in findings(document) if isinstance(error, LimitExceededError)]
    assert [error.extensions for error in errors] == [{"code": code, "limit": limit, "actual": actual}]
    assert str(limit) in errors[0].message
    assert str(actual) in errors[0].message


@pytest.mark.parametrize(
    "document",
    [
        "{ me { friend { name } } other { friend { name } } }",
        "{ me { ...A } } fragment A on User { friend { name } }",
        "query One { me { name } } query Two { other { name } }",
    ],
)
def test_a_document_at_its_limits_passes(document: str) -> None:
    assert findings(document) == []


def test_limits_hold_for_each_operation_of_a_document_on_its_own() -> None:
    four_fields = "me { name } other { name }"
    assert findings(f"query One {{ {four_fields} }} query Two {{ {four_fields} }}") == []


def test_the_introspection_of_tools_passes_the_default_limits() -> None:
    document = parse(get_introspection_query(input_value_deprecation=True), max_tokens=Limits().tokens)
    assert validate(SCHEMA, document, [*specified_rules, limits_rule(Limits())]) == []


def test_introspection_counts_towards_the_totals() -> None:
    errors = findings("{ __schema { types { name kind description fields { name } } directives { name } } }")
    assert [error.extensions for error in errors] == [{"code": "TOO_MANY_FIELDS", "limit": 6, "actual": 9}]


def test_recursive_introspection_is_refused() -> None:
    nested = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert [error.message for error in findings(nested, Limits())] == ["Maximum introspection depth exceeded"]


@pytest.mark.parametrize(
    "document",
    [
        "{ me { ...A } } fragment A on User { friend { ...B } } fragment B on User { friend { ...A } }",
        "{ me { ...A } } fragment A on User { ...A }",
        "{ me { ...Missing } }",
        "{ me { ...A } } fragment A on User { ...Missing }",
    ],
)
def test_cyclic_and_missing_fragments_are_left_to_the_rules_that_report_them(document: str) -> None:
    errors = findings(document)
    assert errors
    assert not any(isinstance(error, LimitExceededError) for error in errors)


def nested_spreads(levels: int) -> str:
    definitions = [f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ me { ...F0 } } " + " ".join(definitions) + f" fragment F{levels} on User {{ name }}"


def test_nested_spreads_are_measured_without_walking_them_again() -> None:
    """Walking 200 levels of two spreads each would take 2^200 steps."""
    errors = findings(nested_spreads(200), Limits())
    assert errors[0].extensions == {"code": "TOO_MANY_FIELDS", "limit": 500, "actual": 1_000_000_000}
    assert "at least" in errors[0].message


@given(levels=st.integers(1, 9))
def test_spreads_count_as_often_as_they_stand(levels: int) -> None:
    errors = findings(nested_spreads(levels), Limits(fields=1))
    assert errors[0].extensions is not None
    assert errors[0].extensions["actual"] == 1 + 2**levels


def test_no_other_rule_runs_once_a_limit_is_passed() -> None:
    errors = findings("{ me { friend { friend { unknown } } } }")
    assert [type(error) for error in errors] == [LimitExceededError]


def test_equal_limits_share_one_rule() -> None:
    assert limits_rule(Limits(depth=3)) is limits_rule(Limits(depth=3))
    assert limits_rule(Limits(depth=3)) is not limits_rule(Limits(depth=4))


def test_a_deep_chain_of_fragments_is_measured_without_recursion() -> None:
    chain = " ".join(f"fragment F{n} on User {{ friend {{ ...F{n + 1} }} }}" for n in range(2000))
    errors = findings("{ me { ...F0 } } " + chain + " fragment F2000 on User { name }")
    assert errors[0].extensions == {"code": "QUERY_TOO_DEEP", "limit": 3, "actual": 2002}


MERGING = [limits_rule(Limits(definitions=1_000)), BoundedMergeRule]


@pytest.mark.parametrize(
    "document",
    [
        "{ "
        + " ".join(f"...F{i}" for i in range(240))
        + " } "
        + " ".join(f"fragment F{i} on Query {{ me {{ name }} }}" for i in range(240)),
        "{ me { "
        + " ".join(f"...F{i}" for i in range(100))
        + " } } "
        + " ".join(f"fragment F{i} on User {{ name }}" for i in range(100)),
        "{ " + "me { name } " * 200 + "}",
        "{ " + " ".join(f"me(x{i}: 1) {{ name }}" for i in range(200)) + " }",
    ],
    ids=["fragments of the root", "fragments of one object", "repeated fields", "with arguments"],
)
def test_fields_of_one_name_are_compared_within_a_budget(document: str) -> None:
    [error] = validate(SCHEMA, parse(document), MERGING)
    assert error.extensions == {"code": "TOO_MANY_OVERLAPPING_FIELDS"}
    assert "use fewer fragments" in error.message


def test_twenty_components_may_each_bring_a_fragment_of_one_object() -> None:
    fragments = " ".join(f"fragment F{i} on User {{ name friend {{ name }} }}" for i in range(20))
    spreads = " ".join(f"...F{i}" for i in range(20))
    assert validate(SCHEMA, parse(f"{{ me {{ {spreads} }} }} {fragments}"), MERGING) == []


@pytest.mark.parametrize(
    "document",
    [
        "{ me { name: friend { name } name } }",
        "{ me { x: name ...A } } fragment A on User { x: friend { name } }",
        "{ me { name } me: other { name } }",
    ],
)
def test_within_the_budget_conflicts_are_those_of_the_reference(document: str) -> None:
    node = parse(document)
    expected = validate(SCHEMA, node, [OverlappingFieldsCanBeMergedRule])
    assert expected
    assert validate(SCHEMA, node, [BoundedMergeRule]) == expected


@pytest.mark.parametrize(
    "definition",
    [
        "query q{} {{ me {{ name }} }}",
        "fragment f{} on User {{ name }}",
        "fragment f on Missing{} {{ name }}",
    ],
)
def test_a_document_has_so_many_definitions_at_the_most(definition: str) -> None:
    limits = Limits(definitions=10)
    within = "{ me { name } } " + " ".join(definition.format(number) for number in range(9))
    codes = {error.extensions.get("code") for error in findings(within, limits) if error.extensions}
    assert "TOO_MANY_DEFINITIONS" not in codes
    over = f"{within} {definition.format(9)}"
    [error] = findings(over, limits)
    assert error.extensions == {"code": "TOO_MANY_DEFINITIONS", "limit": 10, "actual": 11}


def test_types_that_were_meant_are_looked_up_for_the_first_unknown_ones_only() -> None:
    document = "{ me { name } } " + " ".join(f"fragment F{i} on Usr{i} {{ name }}" for i in range(20))
    errors = validate(SCHEMA, parse(document), [BoundedTypeNamesRule])
    assert len(errors) == 20
    assert ["Did you mean 'User'" in error.message for error in errors] == [True] * 2 + [False] * 18


def test_an_unknown_type_is_reported_as_by_the_reference() -> None:
    node = parse("query ($a: Strin) { me { ...F } } fragment F on Usr { name }")
    expected = validate(SCHEMA, node, [KnownTypeNamesRule])
    assert len(expected) == 2
    assert validate(SCHEMA, node, [BoundedTypeNamesRule]) == expected


class CountedList(list[object]):
    """A list that counts how often its elements are walked."""

    walks = 0

    def __iter__(self) -> Iterator[object]:
        CountedList.walks += 1
        return super().__iter__()


@pytest.mark.parametrize(
    ("variables", "values"),
    [
        ({}, 0),
        (None, 0),
        ({"a": 1, "b": "text"}, 2),
        ({"ids": [1, 2, 3]}, 4),
        ({"input": {"points": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}}, 8),
    ],
)
def test_values_of_variables_are_counted_through_lists_and_objects(variables: object, values: int) -> None:
    assert not has_more_values(variables, values)
    if values:
        assert has_more_values(variables, values - 1)


def test_no_more_values_are_looked_at_than_the_limit_and_one_list() -> None:
    lists = [CountedList([0] * 10) for _ in range(50)]
    assert has_more_values({"lists": lists}, 101)
    assert CountedList.walks < 10
    deep: object = 0
    for _ in range(5_000):
        deep = [deep]
    assert has_more_values(deep, 4_999), "without recursion"


def test_an_operation_walks_the_schema_twice_at_the_most() -> None:
    twice = '{ a: __schema { types { name } } b: __type(name: "User") { name } }'
    assert findings(twice, Limits()) == []
    aliases = " ".join(f"a{i}: __schema {{ types {{ fields {{ name }} }} }}" for i in range(28))
    errors = findings(f"{{ {aliases} }}", Limits())
    assert [error.extensions for error in errors] == [
        {"code": "TOO_MANY_INTROSPECTIONS", "limit": 2, "actual": 28}
    ]
