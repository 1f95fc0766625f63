"""Cycle collector: Python's search for objects that hold one another, put off while much is made that stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search meanwhile, which would look at all that was made of a page: what it misses is found after."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
