"""The schema is the product: what holds for every field of it."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

import navswap
from navswap.auth.roles import ALL_ROLES
from navswap.graphql.permissions import Access, RolesDirective
from navswap.graphql.refusals import refusals_of
from navswap.schema import build_schema, nodes_of, print_schema
from navswap.slices import SLICES

BUILT = build_schema()
assert BUILT.mutation
assert BUILT.subscription
ROOT_TYPES = (BUILT.query, BUILT.mutation, BUILT.subscription)

SCHEMA = BUILT._schema
OURS = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
OBJECTS = {
    name: kind
    for name, kind in OURS.items()
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType))
}
ROOTS = ("Query", "Mutation", "Subscription")
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}


def fields_of(root: type) -> list[StrawberryField]:
    """Return the fields of a root type as they are declared."""
    fields: list[StrawberryField] = root.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by @strawberry.type
    return fields


def test_schema_graphql_equals_the_code() -> None:
    stored = Path(navswap.__file__).parent.parent / "schema.graphql"
    assert stored.read_text() == print_schema(), "run `uv run navswap schema > schema.graphql`"


def test_everything_is_described() -> None:
    missing = [name for name, kind in OURS.items() if not (kind.description or "").strip()]
    for name, kind in OBJECTS.items():
        for field_name, field in kind.fields.items():
            if not (field.description or "").strip():
                missing.append(f"{name}.{field_name}")
            missing += [
                f"{name}.{field_name}({argument_name}:)"
                for argument_name, argument in getattr(field, "args", {}).items()
                if not (argument.description or "").strip()
            ]
    assert missing == []


def test_every_enum_value_is_explained() -> None:
    missing = [
        f"{name}.{value}"
        for name, kind in OURS.items()
        if isinstance(kind, GraphQLEnumType)
        for value, definition in kind.values.items()
        if not (definition.description or "").strip()
    ]
    assert missing == []


BOUNDS = re.compile(
    r"at least -?\d|from -?\d|above \d|more than \d|\d or more|-?[\d,.]+ to -?[\d,.]+|as measured|[gG]rows by 1"
)
"""How a description says which numbers there can be."""


def test_every_number_says_its_bounds() -> None:
    numbers = {
        f"{name}.{field_name}": field.description or ""
        for name, kind in OBJECTS.items()
        for field_name, field in kind.fields.items()
        if str(get_named_type(field.type)) in {"Int", "Float"}
    } | {
        f"{name}.{field_name}({argument_name}:)": argument.description or ""
        for name, kind in OBJECTS.items()
        for field_name, field in kind.fields.items()
        for argument_name, argument in getattr(field, "args", {}).items()
        if str(get_named_type(argument.type)) in {"Int", "Float"}
    }
    assert {where: said for where, said in numbers.items() if not BOUNDS.search(said)} == {}


def test_lists_and_their_items_are_never_null() -> None:
    def is_nullable(kind: object, *, guarded: bool) -> bool:
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif isinstance(kind, GraphQLList) and not guarded:
            return True
        return isinstance(kind, GraphQLList) and not isinstance(kind.of_type, GraphQLNonNull)

    guarded_roots = {
        to_camel_case(field.python_name)
        for field in fields_of(BUILT.query)
        for extension in field.extensions
        if isinstance(extension, Access) and extension.roles is not None
    }
    offenders = [
        f"{name}.{field_name}"
        for name, kind in OBJECTS.items()
        if not isinstance(kind, GraphQLInputObjectType)
        for field_name, field in kind.fields.items()
        if is_nullable(field.type, guarded=name == "Query" and field_name in guarded_roots)
    ]
    assert offenders == []


def test_every_mutation_takes_one_input_and_gives_one_result() -> None:
    for name, field in MUTATIONS.items():
        assert list(field.args) in (["input"], []), name
        if field.args:
            assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!"
        assert isinstance(field.type, GraphQLNonNull), name


def test_a_mutation_answers_its_payload_or_a_refusal() -> None:
    refusals = {refusal.__name__ for refusal in refusals_of(ROOT_TYPES[1])}
    offenders = set()
    for name, field in MUTATIONS.items():
        result = get_named_type(field.type)
        members = (
            [kind.name for kind in result.types] if isinstance(result, GraphQLUnionType) else [result.name]
        )
        if {*members} - refusals != {f"{name[0].upper()}{name[1:]}Payload"}:
            offenders.add(name)
    assert offenders == set()


def test_a_guarded_field_of_a_query_may_be_null_so_that_one_refusal_never_empties_the_answer() -> None:
    query = SCHEMA.query_type
    assert query is not None
    guarded = {
        to_camel_case(field.python_name)
        for field in fields_of(BUILT.query)
        for extension in field.extensions
        if isinstance(extension, Access) and extension.roles is not None
    }
    offenders = {name for name in guarded if isinstance(query.fields[name].type, GraphQLNonNull)}
    assert offenders == set()


def test_every_refusal_has_its_code_described_and_named_as_itself() -> None:
    codes = SCHEMA.type_map["RefusalCode"]
    assert isinstance(codes, GraphQLEnumType)
    refusals = refusals_of(ROOT_TYPES[1])
    assert {refusal.error.code for refusal in refusals} == set(codes.values)
    assert len(codes.values) == len(refusals)
    for refusal in refusals:
        assert refusal.error.__name__ == f"{refusal.__name__}Error"
        assert refusal.error.code == "".join(
            f"_{letter}" if letter.isupper() and place else letter.upper()
            for place, letter in enumerate(refusal.__name__)
        )


def test_every_refusal_of_the_schema_is_raised_as_its_error() -> None:
    interface = SCHEMA.type_map["Refusal"]
    assert isinstance(interface, GraphQLInterfaceType)
    implementations = {kind.name for kind in SCHEMA.get_implementations(interface).objects}
    assert implementations == {refusal.__name__ for refusal in refusals_of(ROOT_TYPES[1])}


def test_an_impossible_value_has_one_refusal() -> None:
    bad = {refusal.__name__ for refusal in refusals_of(ROOT_TYPES[1]) if refusal.__name__.startswith("Bad")}
    assert bad == set()


def test_every_message_of_a_stream_can_be_resumed_behind_or_is_a_resync() -> None:
    assert SCHEMA.subscription_type is not None
    offenders = set()
    for name, field in SCHEMA.subscription_type.fields.items():
        change = get_named_type(field.type)
        messages = change.types if isinstance(change, GraphQLUnionType) else (change,)
        for message in messages:
            assert isinstance(message, GraphQLObjectType)
            interfaces = {interface.name for interface in message.interfaces}
            if message.name != "Resync" and "StreamMoment" not in interfaces:
                offenders.add(name)
    assert offenders == set()


def fields_named(kind: str, pattern: str) -> tuple[set[str], set[str]]:
    """Return the fields of a scalar whose names fit a pattern, and those whose names do not."""
    names = {
        f"{type_name}.{field_name}"
        for type_name, type_ in OBJECTS.items()
        if type_name not in ROOTS
        for field_name, field in type_.fields.items()
        if str(get_named_type(field.type)) == kind
    }
    fitting = {name for name in names if re.search(pattern, name)}
    return fitting, names - fitting


def test_a_boolean_is_named_as_a_question() -> None:
    fitting, others = fields_named("Boolean", r"\.(is|has)[A-Z]")
    assert fitting
    assert others == set()


def test_a_time_ends_in_at_unless_it_bounds_a_span_or_dates_the_whole() -> None:
    fitting, others = fields_named("DateTime", r"At$|\.(since|until|asOf)$")
    assert fitting
    assert others == set()


def test_every_guarded_field_says_its_roles_to_programs_as_to_persons() -> None:
    for root in ROOT_TYPES:
        for field in fields_of(root):
            [access] = [extension for extension in field.extensions if isinstance(extension, Access)]
            named = [directive.any for directive in field.directives if isinstance(directive, RolesDirective)]
            assert named == ([] if access.roles is None else [sorted(access.roles)]), field.python_name


@pytest.mark.parametrize("root", ROOT_TYPES)
def test_every_root_field_declares_who_may_use_it(root: type) -> None:
    assert fields_of(root)
    for field in fields_of(root):
        declared = [extension for extension in field.extensions if isinstance(extension, Access)]
        assert len(declared) == 1, field.python_name
        assert declared[0].roles is None or declared[0].roles <= ALL_ROLES


def test_node_finds_every_kind_that_has_an_id() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {kind.name for kind in SCHEMA.get_implementations(node).objects} == set(nodes_of(SLICES))
