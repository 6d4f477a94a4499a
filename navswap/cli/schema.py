"""`navswap schema`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from navswap.cli.shell import LOOK, command, complain


@command(
    LOOK,
    "navswap schema",
    "navswap schema > schema.graphql",
    "navswap schema --manifest > operations.json   # NavSwap's own operations, each with its id",
    "navswap schema --check persisted-documents.json   # before it is deployed",
)
def schema(
    manifest: Annotated[
        bool,
        typer.Option(
            "--manifest",
            help="Print NavSwap's own operations instead, as a manifest of persisted documents (Apollo's format).",
        ),
    ] = False,
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Say which documents of a manifest (of graphql-codegen, Relay or Apollo) do not fit the schema, and end.",
        ),
    ] = None,
) -> None:
    """Print the GraphQL schema as SDL.

    Every type, field, argument and enum value carries its description. The text is the same for the same code, so
    that the file schema.graphql shows in a diff what a change does to the API. Needs no server.

    Exit codes: 0; 1 a document of --check does not fit; 2 its file cannot be read.
    """
    if manifest:
        from navswap.web.persisted import own_manifest  # noqa: PLC0415 - as below

        sys.stdout.write(json.dumps(own_manifest(), indent=2) + "\n")
    elif check is not None:
        raise typer.Exit(_check(check))
    else:
        from navswap.schema import print_schema  # noqa: PLC0415 - takes seconds, and help needs none of it

        sys.stdout.write(print_schema())  # to the byte what the file holds, so that the two can be compared


def _check(file: Path) -> int:
    """Say what is wrong with the documents of a manifest; return the exit code."""
    from graphql import build_schema  # noqa: PLC0415 - as above

    from navswap.edge.persisted import (  # noqa: PLC0415 - as above
        ManifestUnreadableError,
        faults_of,
        read_manifests,
    )
    from navswap.schema import print_schema  # noqa: PLC0415 - as above

    try:
        documents = read_manifests([file])
    except ManifestUnreadableError as error:
        complain(error.message)
        return 2
    faults = faults_of(documents, build_schema(print_schema()))
    for document_id, fault in faults:
        complain(f"{document_id}: {fault}")
    sys.stdout.write(
        f"{len(documents) - len({each for each, _ in faults})} of {len(documents)} documents fit\n"
    )
    return 1 if faults else 0
