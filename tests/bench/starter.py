"""Starts one child from a process that holds next to no memory, as the system counts the starter's as the child's.

Arguments: file for the answer, longest seconds, command. The answer: exit code, seconds, seconds of CPU, ru_maxrss.
"""

import os
import signal
import sys
import time


def main(file: str, longest: str, *command: str) -> None:
    """Run the command to its end, or to the end of its time."""
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(int(longest))
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    with open(file, "w", encoding="ascii") as answer:  # noqa: PTH123  # pathlib would be most of this process
        answer.write(
            f"{os.waitstatus_to_exitcode(status)} {seconds} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
