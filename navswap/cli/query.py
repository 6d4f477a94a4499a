"""`navswap query`."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from navswap.cli.asking.documents import Document, read_document
from navswap.cli.asking.errors import REFUSED, MisusedError
from navswap.cli.asking.formats import Format, format_of, line, show_table, written
from navswap.cli.asking.own import list_own, own_documents
from navswap.cli.asking.requests import Api
from navswap.cli.asking.streams import Watched, watch
from navswap.cli.asking.who import Email, Password, Token, Url, opened
from navswap.cli.shell import LOOK, AsJson, DataDir, command, complain

STATIONS = "{ stations(first: 100) { edges { node { id name status { freePacks queueLength } } } } }"


def _names_with(beginning: str) -> list[str]:
    """Return the names of NavSwap's operations that begin so, for the shell."""
    return [name for name in own_documents() if name.startswith(beginning)]


@command(
    LOOK,
    f"navswap query '{STATIONS}' --all",
    "navswap query --list   # the operations of NavSwap, to run by name",
    'navswap query StationsNearAPoint --var \'point={"latitude": 27.115, "longitude": 71.22}\'',
    "navswap query stations.graphql --all --output stations.parquet",
    "navswap query waits.graphql --var zone=Old --var days=7 --format csv > waits.csv",
    "NAVSWAP_TOKEN=eyJ... navswap query - < network.graphql",
    "navswap query live.graphql --email analyst@demo.navswap --limit 10   # a subscription: NDJSON",
)
def query(  # noqa: PLR0913, PLR0917 - each option of the command is an argument
    document: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|-|NAME",
            help="File with a GraphQL document; - reads standard input. The name of an operation of NavSwap, or the document "
            "itself, works, too.",
            show_default=False,
            autocompletion=_names_with,
        ),
    ] = None,
    list_names: Annotated[
        bool,
        typer.Option("--list", help="Show the operations of NavSwap by name, with their variables, and end."),
    ] = False,
    var: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A variable; lists, objects and numbers as JSON. Repeat it."),
    ] = None,
    variables: Annotated[
        str | None,
        typer.Option(metavar="JSON|FILE", help="All variables as a JSON object, or a file that holds it."),
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="Which operation of a document that holds several.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--all", help="Follow the pages of the one list (`edges`) to its end.")
    ] = False,
    rows: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="Which list becomes rows, such as station.slots. Default: the only one."
        ),
    ] = None,
    how: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="Default: by the name of --output; else table at a terminal, json in a pipe.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write instead of standard output.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Moments of a subscription after which to end. Default: none.")
    ] = None,
    email: Email = None,
    password: Password = None,
    token: Token = None,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Run a GraphQL document against the API, and write what it answers as a table, JSON, CSV, NDJSON or Parquet.

    Without --url it asks the `navswap up` that runs here, else NAVSWAP_PUBLIC_URL. Public fields need no account; for the others give
    --email (the password is asked for, or comes from NAVSWAP_PASSWORD), or an access token in NAVSWAP_TOKEN.

    Rows are the one list of the answer; the fields of an object become columns with dotted names. Data that comes beside errors is
    written, and the errors stand on standard error. A subscription writes a line of JSON for each moment until it ends, --limit is reached
    or Ctrl-C; one that passes `after: $after` is resumed by its cursor when the connection is lost.

    Exit codes: 0 answered; 1 the API refused it, or part of it; 2 the document, a variable or an option is wrong; 3 no server answered.
    """
    if list_names or document is None:
        _list(as_json=as_json)
        return
    asked = read_document(_text_of(document), operation)
    values = asked.variables(_object_of(variables), var or ())
    chosen = format_of(output, chosen=Format.JSON if as_json else how, at_terminal=sys.stdout.isatty())
    with opened(url, data_dir, token=token, email=email, password=password) as api:
        if asked.is_subscription:
            is_refused = _stream(api, asked, values, output, limit)
        else:
            is_refused = _answer(api, asked, values, chosen, output, rows=rows, follow=follow)
    raise typer.Exit(REFUSED if is_refused else 0)


def _list(*, as_json: bool) -> None:
    """Write the operations of NavSwap: a table, or JSON."""
    found = [asdict(operation) for operation in list_own()]
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        show_table(Console(highlight=False), {"operations": found}, None)


def _text_of(document: str) -> str:
    """Return the text of the document: standard input, the argument itself where it holds a brace, a file, else one by name."""
    if document == "-":
        return sys.stdin.read()
    if "{" in document:
        return document
    file = Path(document)
    if document in own_documents() and not file.exists():
        return own_documents()[document][0]
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError) and document.isidentifier():
            raise MisusedError(_unknown(document)) from error
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise MisusedError(f"{document} cannot be read: {reason}.") from error


def _unknown(name: str) -> str:
    """Say that there is neither a file nor an operation of that name, and which may have been meant."""
    meant = get_close_matches(name, own_documents(), n=2)
    hint = f"Did you mean {' or '.join(meant)}?" if meant else "`navswap query --list` shows the operations."
    return f"There is no file {name}, and no operation of that name. {hint}"


def _object_of(variables: str | None) -> dict[str, Any]:
    """Return the variables that are given as JSON, or in a file; raises MisusedError."""
    if variables is None:
        return {}
    text = variables if variables.lstrip().startswith("{") else _text_of(variables)
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise MisusedError(f"--variables: this is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise MisusedError("--variables must be a JSON object, a value for each name.")
    return values


def _answer(
    api: Api,
    asked: Document,
    values: dict[str, Any],
    how: Format,
    output: Path | None,
    *,
    rows: str | None,
    follow: bool,
) -> bool:
    """Ask once, or for all pages, and write the data; return whether the API refused it, or part of it."""
    if not follow:
        answer = api.ask(asked, values)
    else:
        with Console(stderr=True).status("Following the pages") as status:  # nothing where it is no terminal
            answer = api.ask_all(asked, values, status.update)
    _complain_of(answer)
    data = answer.get("data")
    if data is not None:
        _write(data, how, output, rows)
    return "errors" in answer or _holds_refusal(data)


def _write(data: Mapping[str, Any], how: Format, output: Path | None, rows: str | None) -> None:
    if how is Format.TABLE and output is None:
        show_table(Console(highlight=False), data, rows)
        return
    if how is Format.TABLE:
        raise MisusedError(
            "A table is for a terminal; give --format csv, json, ndjson or parquet with --output."
        )
    if how is Format.PARQUET and output is None and sys.stdout.isatty():
        raise MisusedError("Parquet is not for a terminal; give --output FILE, or send it into a pipe.")
    content = written(data, how, rows)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        output.write_bytes(content)


def _stream(
    api: Api, asked: Document, values: dict[str, Any], output: Path | None, limit: int | None
) -> bool:
    """Write a line for each moment; return whether the API refused the subscription or ended it with an error."""
    watched = Watched(asked.text, values, asked.cursor_variable, asked.name)
    target = sys.stdout if output is None else output.open("w", encoding="utf-8")
    count, is_refused = 0, False
    try:
        for moment in watch(api, [watched], say_lost=complain):
            if moment is None:
                continue
            _complain_of(moment.payload)
            is_refused = is_refused or "errors" in moment.payload
            if moment.payload.get("data") is not None:
                target.write(line(moment.payload["data"]))
                target.flush()
                count += 1
            if count == limit:
                break
    except KeyboardInterrupt:
        pass  # a subscription without --limit ends so, and what came is written
    finally:
        if output is not None:
            target.close()
    return is_refused


def _complain_of(answer: Mapping[str, Any]) -> None:
    """Write each error of an answer to standard error: its code, where it stands, and what it says."""
    for error in answer.get("errors") or ():
        code = (error.get("extensions") or {}).get("code", "ERROR")
        at = ".".join(str(part) for part in error.get("path") or ())
        hint = " With --email you sign in." if code == "NOT_SIGNED_IN" else ""
        complain(f"{code}{f' at {at}' if at else ''}: {error['message']}{hint}")


def _holds_refusal(data: Mapping[str, Any] | None) -> bool:
    """Return whether a root field answered with a refusal, of which code and message were selected."""
    for root in (data or {}).values():
        if isinstance(root, Mapping) and "code" in root and "message" in root:
            complain(f"{root['code']}: {root['message']}")
            return True
    return False
