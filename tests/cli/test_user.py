import json
import os
import pty
import subprocess
import sys
from subprocess import CompletedProcess

import pytest

from navswap.features.users.service import UsersServices
from navswap.features.users.storage import Users
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.factories.users import PASSWORD, a_user
from tests.support.command import BOUND_SECONDS, environment_of, navswap


def command(email: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "navswap", "user", "add", email, "--name", "Asha Rao", *options]


def add(settings: Settings, email: str, *options: str, typed: str = PASSWORD) -> CompletedProcess[str]:
    return navswap(settings, "user", "add", email, "--name", "Asha Rao", *options, typed=f"{typed}\n")


async def test_a_user_that_was_added_signs_in_and_has_the_role(runtime: Runtime) -> None:
    done = add(runtime.settings, "Admin@Example.test", "--role", "admin", "--json")
    assert done.stderr == ""
    told = json.loads(done.stdout)
    tokens = await UsersServices.of(runtime).users.sign_in("admin@example.test", PASSWORD)
    assert told == {
        "id": tokens.user.id,
        "email": "admin@example.test",
        "name": "Asha Rao",
        "role": tokens.user.role,
    }
    assert runtime.access_tokens.read(tokens.access_token).role == "ADMIN"


def add_at_terminal(settings: Settings, email: str, *options: str) -> tuple[int, str]:
    """Run the command at a terminal and type the password when asked; return the exit code and what was shown."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        command(email, *options),
        env=environment_of(settings),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        shown = b""
        for question in (b"Password: ", b"The same again: "):
            while not shown.endswith(question):
                shown += os.read(keyboard, 1024)
            os.write(keyboard, PASSWORD.encode() + b"\n")
        while b"signIn" not in shown:
            shown += os.read(keyboard, 1024)
        code = process.wait(BOUND_SECONDS)
    os.close(keyboard)
    return code, shown.decode()


async def test_the_password_that_is_asked_for_is_not_shown(runtime: Runtime) -> None:
    code, shown = add_at_terminal(runtime.settings, "staff@example.test", "--role", "STAFF")
    assert code == 0
    assert PASSWORD not in shown
    assert await Users.find_by_email("staff@example.test") is not None


async def test_a_second_user_with_the_address_is_refused_and_the_first_stays(runtime: Runtime) -> None:
    first = await a_user(email="twice@example.test", password=PASSWORD)
    done = add(runtime.settings, "TWICE@example.test", "--role", "ADMIN", typed="another password altogether")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "navswap: There is a user with the address twice@example.test already.\n"
    assert await Users.find_by_email("twice@example.test") == first


@pytest.mark.parametrize(
    ("email", "typed", "reason"),
    [
        ("admin@example.test", "short", "needs at least 12 characters"),
        ("admin@example.test", "", "No password came on standard input"),
        ("not an address@x", PASSWORD, "is no e-mail address"),
        ("nobody", PASSWORD, "is no e-mail address"),
    ],
)
async def test_what_cannot_be_a_user_is_refused_in_one_line(
    runtime: Runtime, email: str, typed: str, reason: str
) -> None:
    done = add(runtime.settings, email, "--role", "ADMIN", typed=typed)
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert await Users.collection().count_documents({}) == 0


def test_a_database_that_does_not_answer_is_told_in_one_line(settings: Settings) -> None:
    nowhere = settings.model_copy(
        update={"mongo_url": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100&replicaSet=none"}
    )
    done = add(nowhere, "admin@example.test", "--role", "ADMIN")
    assert (done.returncode, done.stdout) == (1, "")
    assert "MongoDB does not answer" in done.stderr
