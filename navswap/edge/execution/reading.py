"""How the value of a field is read from its object: what a plan may do in place of calling the field's resolver.

A resolver that Strawberry wrote around a plain attribute is the attribute; one around a method without arguments and
without extensions is the method. One with arguments, or for some roles, is that method behind the check of the roles. All else is called as
graphql-core calls it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from graphql import GraphQLResolveInfo, GraphQLSchema, VariableNode
from strawberry import Info, relay
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from navswap.edge.execution.selection import UNCHANGEABLE, At, Field
from navswap.graphql.permissions import Access

if TYPE_CHECKING:
    from navswap.edge.execution.run import Run

DEFINITION: Final = "strawberry-definition"
"""Where Strawberry writes its own definition into graphql-core's types and fields."""

_NODE_ID: Final = getattr(relay.Node._id, "__func__", None)  # noqa: SLF001 - the resolver of every node's id
ENCODED_IDS: Final = 16_384
"""Global ids that are kept: about 3 MB."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value is an attribute of the object."""

    name: str
    is_of_object: ClassVar = True
    """Whether the value depends on the object alone, not on who asks, nor on when."""


@dataclass(frozen=True, slots=True)
class Method:
    """The value is what a function returns for the object; it raises what the resolver would."""

    call: Callable[[Any], Any]
    is_of_object: ClassVar = True


@dataclass(frozen=True, slots=True)
class Reader:
    """The value is what a function returns for the run, the object and the path; an exception is returned."""

    call: Callable[["Run", Any, At], Any]
    is_of_object: bool = False


@dataclass(frozen=True, slots=True)
class Resolver:
    """The value is what the field's resolver returns."""

    is_of_object: ClassVar = False


Reading = Attribute | Method | Reader | Resolver


def reading_of(schema: GraphQLSchema, field: Field) -> Reading:
    """Return the shortest way to the value of a field that means the same as its resolver."""
    defined = field.definition.extensions.get(DEFINITION)
    if not isinstance(defined, StrawberryField) or type(defined).get_result is not StrawberryField.get_result:
        return Resolver()
    if getattr(field.definition.resolve, "_is_default", False):
        return _of_attribute(defined)
    if not _is_bare(schema, field, defined):
        return _of_resolver(schema, field, defined)
    return _of_node_id(field, defined) or _of_method(schema, field, defined)


def _of_attribute(defined: StrawberryField) -> Reading:
    read, name = defined.default_resolver, defined.python_name
    return (
        Attribute(name)
        if read is getattr and name.isidentifier()
        else Method(lambda source: read(source, name))
    )


def _is_bare(schema: GraphQLSchema, field: Field, defined: StrawberryField) -> bool:
    """Return whether nothing stands around the resolver's function: arguments, extensions, handlers of its errors."""
    resolver = defined.base_resolver
    owner = schema.extensions.get(DEFINITION)
    return (
        resolver is not None
        and callable(resolver.wrapped_func)
        and owner is not None
        and not defined.is_subscription
        and not (defined.extensions or defined.arguments or field.definition.args)
        and not owner.schema_converter._get_field_exception_handlers(defined)  # noqa: SLF001 - Strawberry's own question, asked in the same words
    )


def _of_method(schema: GraphQLSchema, field: Field, defined: StrawberryField) -> Reading:
    resolver = defined.base_resolver
    assert resolver is not None  # noqa: S101 - `_is_bare` saw it
    call = cast(Callable[..., Any], resolver.wrapped_func)
    named = [
        found.name for found in (resolver.parent_parameter, resolver.root_parameter) if found is not None
    ]
    is_method = resolver.self_parameter is not None
    if resolver.info_parameter is None:
        if is_method and not named:
            return Method(call)
        return Method(lambda source: call(*((source,) if is_method else ()), **dict.fromkeys(named, source)))
    info_name = resolver.info_parameter.name
    info_class = _late_info(schema.extensions[DEFINITION].config.info_class)

    def read(run: "Run", source: Any, at: At) -> Any:
        keywords = dict.fromkeys(named, source)
        try:
            keywords[info_name] = info_class(run, field, at, defined)
            return call(*((source,) if is_method else ()), **keywords)
        except Exception as error:  # noqa: BLE001 - an error of the field, raised again where its value is completed
            return error

    return Reader(read)


def _of_resolver(schema: GraphQLSchema, field: Field, defined: StrawberryField) -> Reading:
    """Return how a resolver with arguments, or for some roles, is called: as Strawberry does, less what it works out at each call."""
    resolver, owner = defined.base_resolver, schema.extensions.get(DEFINITION)
    if (
        resolver is None
        or not callable(resolver.wrapped_func)
        or owner is None
        or defined.is_subscription
        or any(type(extension) is not Access for extension in defined.extensions)
        or owner.schema_converter._get_field_exception_handlers(defined)  # noqa: SLF001 - as above
    ):
        return Resolver()
    call: Callable[..., Any] = resolver.wrapped_func
    checks = [extension.check for extension in defined.extensions if isinstance(extension, Access)]
    named = [
        found.name for found in (resolver.parent_parameter, resolver.root_parameter) if found is not None
    ]
    info_name = None if resolver.info_parameter is None else resolver.info_parameter.name
    info_class, config = _late_info(owner.config.info_class), owner.config
    is_method, registry = resolver.self_parameter is not None, owner.schema_converter.scalar_registry

    def read(run: "Run", source: Any, at: At) -> Any:
        try:
            for check in checks:
                check(run.executor.context_value)
            info = info_class(run, field, at, defined)
            if field.constants is None:
                keywords = convert_arguments(
                    run.arguments_of(field), defined.arguments, registry, config=config, info=info
                )
                if are_constant(field, keywords):
                    field.constants = dict(keywords)
            else:
                keywords = dict(field.constants)
            for name in named:
                keywords[name] = source
            if info_name is not None:
                keywords[info_name] = info
            return call(*((source,) if is_method else ()), **keywords)
        except Exception as error:  # noqa: BLE001 - an error of the field, raised again where its value is completed
            return error

    return Reader(read)


@cache
def _late_info(base: type[Info]) -> Callable[["Run", Field, At, StrawberryField], Info]:
    """Return a class of Infos of which graphql-core's part is made when it is asked for: most resolvers want the context alone."""

    class LateInfo(base):  # type: ignore[misc, valid-type]  # the class is that of the schema's settings
        def __init__(self, run: "Run", field: Field, at: At, defined: StrawberryField) -> None:
            self._run, self._planned, self._at, self._field = run, field, at, defined

        @cached_property
        def _raw_info(self) -> GraphQLResolveInfo[Any]:
            return self._run.info_at(self._planned, self._at)

        @property
        def context(self) -> Any:
            return self._run.executor.context_value

    return LateInfo


def are_constant(field: Field, arguments: Mapping[str, Any]) -> bool:
    """Return whether the arguments of a field are the same in each run, and none of them can be changed by a resolver."""
    return all(isinstance(value, UNCHANGEABLE) for value in arguments.values()) and not any(
        isinstance(argument.value, VariableNode) for node in field.nodes for argument in node.arguments or ()
    )


def _of_node_id(field: Field, defined: StrawberryField) -> Reading | None:
    """Return how the global id of a node is read: encoded once, and kept; None for a field that is no such id."""
    resolver = defined.base_resolver
    owner = field.parent.extensions.get(DEFINITION)
    if (
        resolver is None
        or getattr(resolver.wrapped_func, "__func__", None) is not _NODE_ID
        or not isinstance(owner, StrawberryObjectDefinition)
    ):
        return None
    type_name = field.parent.name
    attributes: dict[type, str | None] = {}

    def read(run: "Run", source: Any, at: At) -> Any:
        kind = type(source)
        try:
            attribute = attributes[kind]
        except KeyError:
            attribute = attributes[kind] = _id_attribute(kind)
        if attribute is not None:
            key = getattr(source, attribute, None)
            if type(key) is str:
                return _encoded(type_name, key)
        return run.resolve(field, source, at)

    return Reader(read, is_of_object=True)


def _id_attribute(kind: type) -> str | None:
    """Return the attribute that a class of nodes takes its id from; None where it finds id or type by code of its own."""
    if not issubclass(kind, relay.Node) or any(
        getattr(getattr(kind, name), "__func__", None) is not getattr(relay.Node, name).__func__
        for name in ("resolve_id", "resolve_typename", "resolve_id_attr")
    ):
        return None
    return kind.resolve_id_attr()


@lru_cache(maxsize=ENCODED_IDS)
def _encoded(type_name: str, key: str) -> str:
    return relay.to_base64(type_name, key)
