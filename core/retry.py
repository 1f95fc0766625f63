"""Retry policies: after how long what was not taken is tried again, and when it is given up; pure."""

from datetime import timedelta
from typing import NamedTuple


class RetryPolicy(NamedTuple):
    """How something is tried again: an attempt after each interval, the last of which recurs."""

    intervals: tuple[timedelta, ...]
    give_up_after: timedelta | None = None  # None: never
    max_attempts: int | None = None  # None: any number

    def delay(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts, from 1."""
        return self.intervals[min(attempts, len(self.intervals)) - 1]

    def is_exhausted(self, age: timedelta, attempts: int = 0) -> bool:
        """Whether it is given up, so long after it began and after so many attempts."""
        late = self.give_up_after is not None and age >= self.give_up_after
        return late or (self.max_attempts is not None and attempts >= self.max_attempts)


_BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))
DELIVERY_RETRY = RetryPolicy(_BACK_OFF, timedelta(days=1))  # of an issue to a subscriber, from the first attempt
# Of a confirmation, from when it was asked for; of one asked for while the clock was ahead, nobody knows how long ago
# that was, so its attempts are counted too.
TRANSACTIONAL_RETRY = RetryPolicy(_BACK_OFF, timedelta(days=1), max_attempts=20)
# Of an issue to a subscriber whom the mail server puts off for our pace or name: no try is counted, until it lasts.
THROTTLE_DELAY = timedelta(minutes=1)
THROTTLE_GRACE = timedelta(days=5)  # from when the issue was frozen (RFC 5321 §4.5.4.1: four to five days)
JOB_RETRY_DELAY = timedelta(minutes=10)  # before the timer tries again what failed
PACE_MEMORY = timedelta(hours=4)  # for which the pace that a mail server asked for is remembered after a run
NOTICE_RETRY = RetryPolicy(_BACK_OFF, timedelta(days=3))  # of a message to one operator that others have already
ALERT_RETRY = RetryPolicy((timedelta(minutes=10),))  # of an alert: the next would hardly fare better at once
