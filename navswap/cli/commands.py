"""Which commands there are, by their summaries: what `navswap --help` shows, for which it imports none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

RUN = "Run"
LOOK = "Look"
DATA = "Data"


@dataclass(frozen=True, slots=True)
class Summary:
    """What the help of NavSwap says of a command: the panel it stands in, and its first sentence."""

    panel: str
    text: str


COMMANDS: Mapping[str, Summary] = MappingProxyType(
    {
        "up": Summary(
            RUN, "Run everything on this machine: stores, API and worker, with a demonstration city."
        ),
        "serve": Summary(RUN, "Run the web process, for production."),
        "worker": Summary(RUN, "Run the worker process, for production."),
        "seed": Summary(
            DATA,
            "Load a station network into the database: the demonstration city, or a network of your own.",
        ),
        "user": Summary(DATA, "Add people and machines who may sign in."),
        "top": Summary(LOOK, "Watch the running network in the terminal, live."),
        "query": Summary(
            LOOK,
            "Run a GraphQL document against the API, and write what it answers as a table, JSON, CSV, NDJSON or Parquet.",
        ),
        "doctor": Summary(LOOK, "Check every part and say what to do about what is wrong."),
        "check": Summary(LOOK, "Check the consistency of a live database: what must always hold."),
        "events": Summary(LOOK, "Look at dead letters, try them again, or give them up."),
        "archive": Summary(
            DATA,
            "Look at the archive: every event, GPS batch and station status as Parquet by topic and day.",
        ),
        "simulate": Summary(RUN, "Let a city live, offline in seconds or live through the public API."),
        "train": Summary(LOOK, "Train the models that decisions are made on."),
        "evaluate": Summary(
            LOOK, "Show how good the models are beside their baselines, and what their decisions are worth."
        ),
        "models": Summary(LOOK, "Look at the trained models, and choose which version serves."),
        "bench": Summary(
            LOOK, "Measure what matters on this machine, beside a raw reference in the same run."
        ),
        "settings": Summary(LOOK, "Show the settings that hold here, and which of them were set."),
        "schema": Summary(LOOK, "Print the GraphQL schema as SDL."),
    }
)
"""The commands by name, in the order of the help; a test compares them with what the commands say of themselves."""
