"""What can keep the development stack from running."""

from navswap.kit.errors import NavSwapError


class DevStackError(NavSwapError):
    """A part of the development stack cannot run; the message is one line that says what to do."""

    code = "DEV_STACK"
