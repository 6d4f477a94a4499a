"""`navswap schema`."""

from navswap.cli.shell import LOOK, command


@command(LOOK, "navswap schema", "navswap schema > schema.graphql")
def schema() -> None:
    """Print the GraphQL schema as SDL.

    Every type, field, argument and enum value carries its description. The text is the same for the same code, so
    that the file schema.graphql shows in a diff what a change does to the API. Needs no server.
    """
    from navswap.schema import print_schema  # noqa: PLC0415 - takes seconds, and help needs none of it

    print(print_schema(), end="")  # noqa: T201 - the schema is what this command has to say
