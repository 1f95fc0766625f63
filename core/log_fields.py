"""Log fields bound to a piece of work: run, issue, source; every line logged meanwhile carries them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_bound_fields: ContextVar[Mapping[str, object]] = ContextVar("casereviews_log")


@contextmanager
def bind_log_fields(**fields: object) -> Iterator[None]:
    """What is logged meanwhile in this thread has these fields: run, issue, source. A new thread begins without."""
    token = _bound_fields.set({**bound_log_fields(), **fields})
    try:
        yield
    finally:
        _bound_fields.reset(token)


def bound_log_fields() -> Mapping[str, object]:
    """The fields bound in this thread now, the outermost first."""
    return _bound_fields.get({})
