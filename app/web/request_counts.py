"""Request counts: answers by page with a histogram of response times, nothing of who asked.

Counted inside Flask: in front of the kept pages it would take 4 % of their time (measured); they count themselves.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask, Response, g, request

BUCKET_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0)  # seconds


@dataclass
class RequestCounts:
    """What was counted since the process began."""

    answers: dict[tuple[str, str], int] = field(default_factory=dict)  # by page and class: ("front.front", "2xx")
    bucket_counts: list[int] = field(
        default_factory=lambda: [0] * (len(BUCKET_BOUNDS) + 1)
    )  # up to each bound; the last: longer
    seconds: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def add(self, page: str, status: int, seconds: float) -> None:
        """Count an answer."""
        key = (page, f"{status // 100}xx")
        with self.lock:
            self.answers[key] = self.answers.get(key, 0) + 1
            self.bucket_counts[bisect_left(BUCKET_BOUNDS, seconds)] += 1
            self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """How many answers took up to each bound, as Prometheus wants them: each with all before it."""
        names, total, cumulative = [*map(str, BUCKET_BOUNDS), "+Inf"], 0, []
        for name, count in zip(names, self.bucket_counts, strict=True):
            total += count
            cumulative.append((name, float(total)))
        return cumulative


def count_requests(app: Flask, clock: Callable[[], float]) -> RequestCounts:
    """Count what the application answers."""
    counts = RequestCounts()

    @app.before_request
    def begin() -> None:
        g.begun = clock()

    @app.after_request
    def end(answer: Response) -> Response:
        begun = g.get("begun")
        counts.add(request.endpoint or "none", answer.status_code, clock() - begun if begun is not None else 0.0)
        return answer

    return counts
