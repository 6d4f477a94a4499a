"""`navswap worker`."""

import asyncio
import contextlib
import signal

from navswap.cli.configuration import load_settings, read_settings
from navswap.cli.shell import RUN, command
from navswap.devstack.errors import DevStackError
from navswap.devstack.external import reach_mongo
from navswap.devstack.ports import require_free_port
from navswap.devstack.running import find_running


@command(RUN, "navswap worker", "NAVSWAP_LOG_JSON=false navswap worker")
def worker() -> None:
    """Run the worker process, for production.

    It relays events from the outbox to Kafka, consumes what other processes publish, and takes decisions on time,
    such as the expiry of holds. Its health and metrics are served on NAVSWAP_WORKER_PORT. SIGTERM or Ctrl-C ends
    it after the work in hand. A job that dies of a bug ends the process with exit code 1, for a supervisor to start it again.
    """
    settings = load_settings()
    require_free_port(settings.host, settings.worker_port, "NAVSWAP_WORKER_PORT")
    _require_room_in_groups()
    reach_mongo(settings.mongo_url)
    from uvicorn.loops.auto import auto_loop_factory  # noqa: PLC0415 - these take seconds, and a refusal needs none

    from navswap.worker import run  # noqa: PLC0415

    # The health server raises the signal again once it has stopped; closing what is open comes after that.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
    ):
        runner.run(run(settings))


def _require_room_in_groups() -> None:
    """Raise DevStackError beside a `navswap up`: a second worker would keep its consumer groups from working at all."""
    named = read_settings()
    data_dir = named.data_dir.absolute()
    is_embedded = find_running(data_dir).get("NAVSWAP_KAFKA_CREATE_TOPICS") == "false"
    if is_embedded and "kafka_bootstrap" not in named.model_fields_set:
        raise DevStackError(
            f"The `navswap up` on {data_dir} has its worker, and its embedded broker serves no second one: name a "
            "Kafka of your own in NAVSWAP_KAFKA_BOOTSTRAP"
        )
