"""How many requests there were, how they ended, and how long their answers took. Nothing of who asked, or for what.

Counted inside Flask: in front of the kept pages it would take 4 % of their time (measured); they count themselves.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask, Response, g, request

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0)  # seconds


@dataclass
class Counted:
    """What was counted since the process began."""

    answers: dict[tuple[str, str], int] = field(default_factory=dict)  # by page and class: ("front.front", "2xx")
    taking: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))  # up to each bound; the last: longer
    seconds: float = 0.0
    turn: Lock = field(default_factory=Lock)

    def add(self, page: str, status: int, seconds: float) -> None:
        """Count an answer."""
        key = (page, f"{status // 100}xx")
        with self.turn:
            self.answers[key] = self.answers.get(key, 0) + 1
            self.taking[bisect_left(BOUNDS, seconds)] += 1
            self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """How many answers took up to each bound, as Prometheus wants them: each with all before it."""
        names, total, found = [*map(str, BOUNDS), "+Inf"], 0, []
        for name, count in zip(names, self.taking, strict=True):
            total += count
            found.append((name, float(total)))
        return found


def join(app: Flask, clock: Callable[[], float]) -> Counted:
    """Count what the application answers."""
    counted = Counted()

    @app.before_request
    def begin() -> None:
        g.begun = clock()

    @app.after_request
    def end(answer: Response) -> Response:
        begun = g.get("begun")
        counted.add(request.endpoint or "none", answer.status_code, clock() - begun if begun is not None else 0.0)
        return answer

    return counted
