"""python -m tests.cluster_drill: the whole kill drill with workers, which takes minutes. By hand, not in CI.

20,000 readers; three workers with four connections each; a relay 20 ms away that drops connections; thirty kills of
workers, coordinator and broker at random, and two cut wires. Prints what became of everybody, or fails.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from tests.support.cluster_drill import Blow, ClusterDrill
from tests.support.issue_sending import prepare

FAULTS = ("mail:drop=0.002", "rcpt:drop=0.002", "text:drop=0.002")  # all before the end of a message: none is in doubt


def main(words: Sequence[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--cuts", type=int, default=2)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seed", type=int, default=2016)
    asked = parser.parse_args(words)
    chance = Random(asked.seed)
    kinds: list[Blow] = ["worker", "coordinator", "broker"]
    blows: list[Blow] = [*chance.choices(kinds, k=asked.kills), *["cut"] * asked.cuts]  # type: ignore[list-item]
    chance.shuffle(blows)
    with TemporaryDirectory(prefix="casereviews-drill-") as name:
        folder, began = Path(name), monotonic()
        os.chdir(folder)
        prepare(folder, asked.readers)
        print(f"prepared in {monotonic() - began:.0f} s", flush=True)
        faults = [part for fault in FAULTS for part in ("--fault", fault)]
        pause = max(1, asked.readers // (len(blows) + 2))
        drill = ClusterDrill(
            folder,
            asked.workers,
            asked.connections,
            blows,
            pause,
            (*faults, "--times", "1"),
            is_far=True,
            seed=asked.seed,
        )
        drill.run()
        print(f"{drill.check(asked.readers)}; {monotonic() - began:.0f} s")
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
