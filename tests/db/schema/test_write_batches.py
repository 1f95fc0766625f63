"""A long write leaves others time, however slow the machine is."""

from app.runtime.side_effects import system_effects
from db.schema.write_batches import AIM, FIRST, LEAST, MOST, write_batches


class Machine:
    """A machine that writes so many numbers a second, and remembers how long others were kept waiting."""

    def __init__(self, speed: float) -> None:
        self.at, self.speed, self.pauses = 0.0, speed, 0

    def write(self, last: int) -> list[tuple[int, int]]:
        batches = []
        for first, after in write_batches(system_effects(clock=lambda: self.at, sleep=self.sleep), last):
            self.at += (after - first) / self.speed
            batches.append((first, after))
        return batches

    def sleep(self, seconds: float) -> None:
        self.pauses += 1


def test_every_number_is_in_one_batch_and_there_is_a_pause_between_two() -> None:
    for speed in (3_000, 100_000, 10_000_000):
        machine = Machine(speed)
        batches = machine.write(123_456)

        assert [number for batch in batches for number in range(*batch)] == list(range(1, 123_457))
        assert machine.pauses == len(batches) - 1
    assert Machine(1).write(0) == []


def test_batches_are_as_large_as_the_machine_is_quick() -> None:
    sizes = {speed: [after - first for first, after in Machine(speed).write(500_000)] for speed in (1, 2e4, 1e5, 1e7)}

    assert {found[0] for found in sizes.values()} == {FIRST}
    assert set(sizes[1][1:]) == {LEAST}
    for speed in (2e4, 1e5):
        assert {round(size / speed, 2) for size in sizes[speed][2:-1]} == {AIM}
    assert max(sizes[1e7]) == MOST
