"""Batch size: as many messages as a connection of a worker sends in a moment, so that few batches cost little.

Nothing waits for the end of a batch but the messages that a dead worker leaves untried: before each message its worker
asks whether it may leave.
"""

LEAST_SIZE, MOST_SIZE = 20, 200  # messages
BATCH_SECONDS = 0.3  # that a batch is to take


class BatchSize:
    """How many messages the next batch is to have: `now`."""

    def __init__(self, rate: int) -> None:
        """`rate`: messages a minute, 0: as fast as may be. Then a batch is a second's worth at most."""
        self._most = 1 + rate // 60 if rate else MOST_SIZE
        self.now = min(LEAST_SIZE, self._most)

    def learn(self, count: int, seconds: float) -> None:
        """A batch of so many messages took so long. The next has at most twice as many as the last."""
        if count >= min(LEAST_SIZE, self._most):
            fitting = int(count * BATCH_SECONDS / max(seconds, 0.001))
            self.now = min(max(fitting, LEAST_SIZE), 2 * self.now, self._most)
