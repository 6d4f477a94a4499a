"""Processes of ours, each with a job that dies: run by `tests.support.command.navswap` before the command itself."""

import os
from typing import NoReturn

from navswap.devstack.ports import free_port
from navswap.events.hub import Hub
from navswap.events.relay import Relay


async def _die(_job: object) -> NoReturn:
    raise ZeroDivisionError("a bug")


def break_hub() -> None:
    """Let the job that feeds the subscriptions of a web process die."""
    os.environ |= {"NAVSWAP_PORT": str(free_port()), "NAVSWAP_KAFKA_CREATE_TOPICS": "false"}
    Hub.run = _die  # type: ignore[assignment, method-assign]  # the bug that the test is about


def break_relay() -> None:
    """Let the job that empties the outbox in a worker die."""
    os.environ |= {"NAVSWAP_WORKER_PORT": str(free_port()), "NAVSWAP_KAFKA_CREATE_TOPICS": "false"}
    Relay.run = _die  # type: ignore[assignment, method-assign]  # the bug that the test is about
