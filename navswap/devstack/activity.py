"""Signs of life of a process that is not ready yet: a slow machine is no error, a process that does nothing is one."""

import os
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants so far; 0 where the system does not say (macOS)."""
    pending, ticks = [pid], 0
    while pending:
        process = Path("/proc") / str(pending.pop())
        try:
            # After the name, which may hold spaces: state is field 3, user and system time are 14 and 15 (proc(5)).
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            children = (process / "task" / process.name / "children").read_text().split()
        except OSError:  # it has ended meanwhile, or there is no such file system
            continue
        ticks += int(fields[11]) + int(fields[12])
        pending += [int(child) for child in children]
    return ticks / TICKS_A_SECOND
