"""The size of batches: what a connection sends in a moment."""

import pytest

from newsletter.cluster.batch_size import BatchSize


@pytest.mark.parametrize(
    ("rate", "batches", "expected"),
    [
        (0, [], 20),
        (0, [(20, 0.06)], 40),  # twice as many at most
        (0, [(20, 0.06), (40, 0.12)], 80),
        (0, [(20, 0.01), (40, 0.01), (80, 0.01), (160, 0.01), (200, 0.0)], 200),
        (0, [(20, 0.06), (40, 0.3)], 40),
        (0, [(20, 0.06), (40, 60.0)], 20),  # it has become slow
        (0, [(1, 0.001)], 20),  # of one message nothing is learnt
        (600, [(11, 0.01)], 11),  # a second's worth
        (30, [(1, 0.01)], 1),
    ],
)
def test_batches_grow_with_the_relays_speed(rate: int, batches: list[tuple[int, float]], expected: int) -> None:
    size = BatchSize(rate)
    for count, seconds in batches:
        size.learn(count, seconds)

    assert size.now == expected
