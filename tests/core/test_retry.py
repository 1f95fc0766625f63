"""Retry policies: the wait after each attempt, and the end."""

from datetime import timedelta

import pytest

from core.retry import ALERT_RETRY, DELIVERY_RETRY, TRANSACTIONAL_RETRY, RetryPolicy

DAY = timedelta(days=1)


@pytest.mark.parametrize("policy", [DELIVERY_RETRY, TRANSACTIONAL_RETRY], ids=["delivery", "transactional"])
def test_the_waits_grow_and_the_last_recurs(policy: RetryPolicy) -> None:
    waits = [policy.delay(attempts) // timedelta(minutes=1) for attempts in range(1, 11)]

    assert waits == [1, 5, 15, 30, 60, 120, 240, 240, 240, 240]


@pytest.mark.parametrize(
    ("policy", "age", "attempts", "given_up"),
    [
        (DELIVERY_RETRY, DAY - timedelta(seconds=1), 1_000, False),
        (DELIVERY_RETRY, DAY, 1, True),
        (TRANSACTIONAL_RETRY, DAY - timedelta(seconds=1), 19, False),
        (TRANSACTIONAL_RETRY, DAY, 1, True),
        (TRANSACTIONAL_RETRY, timedelta(), 20, True),
        (TRANSACTIONAL_RETRY, -DAY, 20, True),  # it was asked for while the clock was ahead
        (ALERT_RETRY, 1_000 * DAY, 1_000, False),
    ],
)
def test_it_is_given_up_after_a_day_or_so_many_attempts(
    policy: RetryPolicy, age: timedelta, attempts: int, given_up: bool
) -> None:
    assert policy.is_exhausted(age, attempts) == given_up
