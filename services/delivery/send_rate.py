"""Send rate: the pace of all mail (rate_per_minute of each relay), kept in the database for every process together."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from core.config.schema import MailSettings
from core.side_effects import SideEffects
from db.mail import send_rate
from db.schema.connect import Database, write_transaction

MAX_PACE_AHEAD = 3600.0  # seconds that the last message may seem to lie ahead; more: the clock was put back
STOP_CHECK_SECONDS = 0.2  # seconds between two looks at whether to stop
_NO_TURN = nullcontext()


def never_stopping() -> bool:
    """Whether it is time to stop, for whoever sends to the end."""
    return False


@dataclass(frozen=True, slots=True)
class SendRate:
    """Waits for one more message's turn, counted from the last one of any process; False when it is time to stop."""

    effects: SideEffects
    mail: MailSettings
    db: Database
    stopping: Callable[[], bool] = never_stopping
    turn: AbstractContextManager[object] = _NO_TURN  # held by whoever writes, where threads share a database

    def __call__(self, relay: str = "", at_most: float = 0.0) -> bool:
        """`relay`: by its name, where there are several. `at_most`: messages a minute, whatever the settings allow."""
        mail = self.mail.find_relay(relay) if relay else self.mail
        if rate := min(filter(None, (mail.rate_per_minute, at_most)), default=0):
            with self.turn, write_transaction(self.db):
                now, last = self.effects.now().timestamp(), send_rate.last_send_time(self.db, relay)
                if last > now + MAX_PACE_AHEAD + mail.connections * 60 / rate:
                    last = now
                slot = max(now, last + 60 / rate)
                send_rate.save_send_time(self.db, slot, relay)
            self.sleep(slot - self.effects.now().timestamp())
        return not self.stopping()

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake when it is time to stop."""
        while seconds > 0 and not self.stopping():
            self.effects.sleep(min(seconds, STOP_CHECK_SECONDS))
            seconds -= STOP_CHECK_SECONDS
