"""Why a bench gives no figures."""

from navswap.kit.errors import NavSwapError


class BenchError(NavSwapError):
    """What was to be measured did not do what it was asked for, so that its speed means nothing."""

    code = "BENCH_FAILED"
