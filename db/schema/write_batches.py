"""Write batches: a long write cut into transactions of some tenths of a second, between which others write.

How much a machine writes in that time is found by measuring: a batch that took longer than it should is followed by a
smaller one. Between two there is a pause, since SQLite has whoever waits look only now and then.
"""

from collections.abc import Iterator

from core.side_effects import SideEffects

AIM = 0.3  # seconds of a transaction
PAUSE = 0.05  # seconds: whoever waits looks ten times a second
LEAST, FIRST, MOST = 1_000, 5_000, 40_000  # numbers of a batch
MAX_GROWTH = 4  # times the batch before


def write_batches(effects: SideEffects, last: int) -> Iterator[tuple[int, int]]:
    """The numbers from 1 to the last in batches: the first of each, and the first after it.

    Whoever asks has written a batch once the next is asked for.
    """
    first, size = 1, min(FIRST, MOST)
    while first <= last:
        began = effects.clock()
        yield first, min(first + size, last + 1)
        seconds = effects.clock() - began
        first += size
        growth = min(MAX_GROWTH, AIM / seconds) if seconds > 0 else MAX_GROWTH
        size = min(max(int(size * growth), LEAST), MOST)
        if first <= last:
            effects.sleep(PAUSE)
