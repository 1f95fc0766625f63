"""Mailing of a correction: to each who got the issue and is still a reader, once a version, as an issue is sent."""

from datetime import datetime

from core.actions import correction_action, issue_action, queue_action
from core.config.schema import Settings
from core.dates import correction_run, run_name
from core.editor_records import Correction
from core.errors import HouseError
from core.side_effects import SideEffects
from core.subscriber_rules import message_tokens
from db.mail import corrections, issue_marks, issues, mailings
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from newsletter.issue.wording import wording_to_json
from newsletter.mail.correction_message import build_correction_message, render_correction
from newsletter.mail.issue_message import ListMessage
from newsletter.mail.transport import check_usable, read_routing
from services.issues import build_issue, list_identity


def queue_correction(
    effects: SideEffects, settings: Settings, db: Database, period: str, number: int, *, actor: str, version: int = 0
) -> int:
    """Freeze the mail of a correction with its audience, in one transaction; how many it goes to.

    From then on it is delivered as an issue is, by whoever delivers next. `version`: the one that the person has seen.
    Raises NotFound, and HouseError where it cannot be mailed (`count_recipients`).
    """
    now = effects.now()
    with write_transaction(db):
        one = corrections.get(db, period, number)
        if version and version != one.current.version:
            action = correction_action(period, number, "Look at it again")
            raise HouseError("the correction has changed since", f"{number} of {period}", action=action)
        count_recipients(settings, db, one)
        list_identity.keep_list_id(settings, db)
        wording, date = build_issue.mail_wording(settings, db), now.astimezone(settings.zone)
        message = build_correction_message(one, _sent_at(db, period), wording, date)
        run = mailings.add_correction(db, one, actor, wording_to_json(wording), message, now)
        token = message_tokens(secrets.get(db, "signing"), run)
        return mailings.queue_recipients(db, run, period, _is_mail_real(settings), token, now)


def count_recipients(settings: Settings, db: Database, one: Correction) -> int:
    """How many would get the version of a correction that stands.

    Raises HouseError where it cannot be mailed: nobody got the issue, or it is still being sent, or the version was
    mailed already, or there is nothing to say.
    """
    which, run = f"{one.number} of {one.period}", correction_run(one.period, one.number, one.current.version)
    if one.taken_down or (one.withdrawn and not mailings.list_corrections(db, one.period, one.number)):
        why = "its review has been withdrawn" if one.taken_down else "it was withdrawn before anybody was mailed it"
        raise HouseError("this correction is mailed to nobody", f"{which}, {why}", "Write another, of the issue.")
    if (status := mailings.get_status(db, run)) is not None:
        words = {"sending": "is being mailed", "sent": "was mailed", "stopped": "was stopped"}[status]
        raise HouseError(f"it {words} already", run_name(run), action=queue_action(run, "See what became of it"))
    if issue_marks.get(db, one.period, "restored"):
        action = issue_action(one.period, "Decide that first")
        raise HouseError("whether its issue went out is not known", one.period, "Decide that first.", action)
    if issues.get(db, one.period).issue.status != "sent":
        action = queue_action(one.period, "See how far it is")
        raise HouseError("its issue is still being sent", one.period, "Mail the correction when it is.", action)
    if read_routing(settings.mail).reach != "nobody":  # what cannot be sent must not be frozen
        check_usable(settings.mail)
    found = mailings.count_recipients(db, one.period, _is_mail_real(settings))
    if not found:
        fix = "Nobody got it, all have left, or it is so old that receipts are counts: the next issue tells readers."
        raise HouseError("nobody can be mailed this correction", which, fix)
    return found


def _is_mail_real(settings: Settings) -> bool:
    """Whether every reader is mailed: then who was written a file has got nothing."""
    return read_routing(settings.mail).reach == "everybody"


def preview_correction(settings: Settings, db: Database, one: Correction) -> ListMessage:
    """Both parts of the mail of a correction as it stands, or would; a reader's own links are marks in it."""
    return render_correction(one, _sent_at(db, one.period), build_issue.mail_wording(settings, db))


def _sent_at(db: Database, period: str) -> datetime:
    frozen_at = issues.get_frozen_at(db, period)
    assert frozen_at is not None  # only an issue that was sent is corrected
    return frozen_at
