"""Support lines: when the support lines of every issue were last checked, as configured or as said on the desk."""

from datetime import date, timedelta

from core.actions import Action
from core.config.schema import Settings, SupportLine
from db.operator import support_checks
from db.operator.support_checks import SupportCheck
from db.schema.connect import Database, write_transaction

MAX_SUPPORT_AGE = timedelta(days=365)
SUPPORT_ACTION = Action("/ops/support", "Check the support lines", "ring them, then set support.checked to the day")


def support_checked(settings: Settings, db: Database) -> date | None:
    """The day on which the lines as they are now were last checked; None: nobody has said so."""
    said = find_check(settings, db)
    return max(filter(None, (settings.support.checked, said.day if said else None)), default=None)


def find_check(settings: Settings, db: Database) -> SupportCheck | None:
    """The last check that was said on the desk; None where there is none, or a line has changed since."""
    said = support_checks.latest(db)
    return said if said and said.lines == describe_lines(settings) else None


def confirm_lines(settings: Settings, db: Database, who: str, today: date) -> None:
    """A person says that the lines as they are now are right."""
    with write_transaction(db):
        support_checks.add(db, SupportCheck(today, who, describe_lines(settings)))


def describe_lines(settings: Settings) -> str:
    """The lines as they are now, each as a reader is told it."""
    return "\n".join(map(_describe_line, settings.support.lines))


def _describe_line(line: SupportLine) -> str:
    return ", ".join(filter(None, (line.name, line.phone, line.email, line.words)))
