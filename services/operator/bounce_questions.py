"""Bounce questions: what the operator is asked of many alike bounces, and how many subscriptions ended, and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.actions import Action, Advice
from core.config.schema import Settings
from core.dates import ALERT_RUN_PREFIX, iso_utc, run_name
from core.plurals import plural
from core.side_effects import SideEffects
from core.states import BounceKind, BounceSource
from db.mail import audiences, bounce_holds
from db.mail.bounce_holds import BounceHold
from db.read import health_queries
from db.schema.connect import Database

if TYPE_CHECKING:
    from db.mail.bounces import EndedCount

MAX_DOMAINS_SHOWN = 5
END_PHRASES: dict[BounceKind, str] = {
    "hard": "the mailbox is not there",
    "domain": "the domain is not there",
    "soft": "out of reach too often",
    "unknown": "the operator said so",
    "complaint": "a complaint",
    "spam": "refused as spam",  # which ends none
}
SOURCE_PHRASES: dict[BounceSource, str] = {
    "refusal": "refused by its server: {}",
    "returned": "came back: {}",
    "provider": "told by the provider: {}",
}


def describe_hold(db: Database, hold: BounceHold) -> str:
    """ "10 of 12 readers at example.org were refused in the same words … is it them or us?"."""
    audience = audiences.count_audience(db, hold.period, hold.domain)
    where, how = (f" at {hold.domain}", " in the same words") if hold.domain else ("", "")
    run = run_name(hold.period)
    words = f"{hold.members:,} of {plural(audience, 'reader', thousands=',')}{where} were refused{how} with {run}"
    return f"{words} ({hold.words}); nobody of them is ended: is it them or us?"


def answer_commands(hold: BounceHold) -> tuple[str, str]:
    """What to type when it was us, and when it was them."""
    of_issue = hold.domain and not hold.period.startswith(ALERT_RUN_PREFIX)
    which = f"--run {hold.period} --domain {hold.domain}" if of_issue else f"--question {hold.id}"
    return f"casereviews subscribers restore {which}", f"casereviews subscribers end {which}"


def describe_question(db: Database, hold: BounceHold) -> Advice:
    """A question with both answers."""
    us, them = answer_commands(hold)
    action = Action("/ops/bounces", "Say whose fault it is", f"Us, and send it again: {us}; them: {them}")
    return Advice(describe_hold(db, hold), action)


def describe_ended(db: Database, period: str) -> str:
    """How many subscriptions what came of an issue has ended, at which domains, and why; empty where none."""
    from db.mail import bounces  # with the rules of bounces, 6 ms

    ended = bounces.count_ended(db, period, MAX_DOMAINS_SHOWN)
    if not ended:
        return ""
    parts = [f"{one.count:,} at {one.domain or 'no domain known'}, {_why(one)}" for one in ended]
    if more := ended[0].total - sum(one.count for one in ended):
        parts.append(f"{more:,} elsewhere")
    number = plural(ended[0].total, "subscription", thousands=",")
    return f"{number} ended with {run_name(period)}: {'; '.join(parts)}"


def _why(one: "EndedCount") -> str:
    """Who told us, and in which words."""
    if one.kind == "complaint":
        return SOURCE_PHRASES[one.source].format("a complaint")
    return f"{SOURCE_PHRASES[one.source].format(END_PHRASES[one.kind])} ({one.words})"


def list_ended(db: Database) -> Iterator[tuple[str, str]]:
    """The issues sent last of which something ended subscriptions, newest first, and in words what."""
    for period in health_queries.list_recent_periods(db, 2):
        if words := describe_ended(db, period):
            yield period, words


def list_untold(db: Database) -> list[BounceHold]:
    """The questions of which the operator was not told yet."""
    from services.operator import alerts  # heavy, and mostly there is no question

    return [hold for hold in bounce_holds.list_open(db) if not alerts.was_alerted(db, _alert_key(hold))]


def alert_questions(effects: SideEffects, settings: Settings, db: Database) -> list[str]:
    """Ask the operator by mail, each question once; what was asked just now."""
    from services.operator import alerts

    asked = []
    for hold in list_untold(db):
        question = describe_question(db, hold)
        lines = [
            question.words,
            "",
            "If it was us, or their mail server for a while, they are brought back and sent it again.",
            "If they are gone, their subscriptions end. Nothing is done unasked.",
            "What was refused at the door is tried again for a day by itself.",
        ]
        where = f" at {hold.domain}" if hold.domain else ""
        subject = f"many are refused{where}: them or us?"
        if alerts.alert_once(effects, settings, db, _alert_key(hold), subject, lines, action=question.action):
            asked.append(question.words)
    return asked


def _alert_key(hold: BounceHold) -> str:
    return f"bounces held {hold.id} {iso_utc(hold.opened_at)}"
