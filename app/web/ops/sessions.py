"""Login sessions, kept in memory so that logging out ends them everywhere."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

IDLE_LIMIT = timedelta(hours=12)  # after which a session is over
MAX_SESSIONS = 100  # sessions at once; the one that was idle longest makes way


@dataclass(frozen=True, slots=True)
class OperatorSession:
    """One log-in, known by the number that only its cookie holds."""

    who: str  # as the audit trail names them
    seen: datetime  # UTC; the last request


class OperatorSessions:
    """The log-ins of this process: a new start ends them all."""

    def __init__(self) -> None:
        self._visits: dict[str, OperatorSession] = {}
        self._lock = Lock()

    def begin(self, number: str, who: str, now: datetime) -> None:
        """Somebody has logged in."""
        with self._lock:
            self._visits[number] = OperatorSession(who, now)
            if len(self._visits) > MAX_SESSIONS:
                del self._visits[min(self._visits, key=lambda one: self._visits[one].seen)]

    def visit(self, number: str, now: datetime) -> OperatorSession | None:
        """Whose request this is, seen just now; None when nobody is logged in by this number, or not any more."""
        with self._lock:
            current = self._visits.get(number)
            if current is None:
                return None
            if abs(now - current.seen) > IDLE_LIMIT:  # far ahead: the clock was put back
                del self._visits[number]
                return None
            self._visits[number] = replace(current, seen=now)
            return current

    def end(self, number: str) -> None:
        """Somebody has logged out."""
        with self._lock:
            self._visits.pop(number, None)
