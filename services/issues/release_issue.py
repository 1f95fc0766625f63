"""Issue release: from a draft through approval to a frozen issue with its audience."""

from contextlib import nullcontext
from datetime import datetime, timedelta

from core.actions import Advice, issue_action
from core.config.schema import Settings
from core.dates import local_date, parse_correction_run, run_name
from core.errors import HouseError, IssueFrozen
from core.plurals import noun, plural
from core.side_effects import SideEffects
from core.states import OPEN_STATUSES, UNDELIVERED_STATES, DeliveredBy, DeliveryState
from db.collection import links
from db.mail import deliveries, issue_marks, issues, mailings
from db.mail.issues import StoredIssue
from db.schema.connect import Database, write_transaction
from newsletter.issue.compose import editorial_hash
from newsletter.mail.transport import check_usable, read_routing
from services.issues import build_issue, freeze_audience, frozen_issue, issue_coverage

OLD_LOOK = timedelta(days=7)  # after which what is known of an issue's links is called old


def approve_issue(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    period: str,
    dry: bool = False,
    shown: str = "",
    approver: str = "",
) -> StoredIssue:
    """A person approves an issue as it was built; any later change of its content voids that.

    `shown`: the hash of what the person has seen; `approver`: their email address, empty where nobody knows it.
    Raises IssueFrozen, IssueBlocked, NotFound, HouseError where another person has to approve it, and when what was
    built or seen is no longer what the issue would be: then the new draft is stored, to be looked at.
    """
    from services.issues import two_people  # with the accounts, whom sending does not ask

    _refuse_frozen(issues.get(db, period))
    _refuse_awaited(settings, db, period, by_hand=True)
    with write_transaction(db):
        draft = build_issue.compose_draft(settings, db, period)
        _refuse_frozen(draft)
        two_people.refuse_own_change(settings, db, period, approver)
        changed = _has_changed(draft, issues.get(db, period), shown)
        if not dry:
            issues.save_rebuilt(db, draft, effects.now())
        if not dry and not changed:
            issues.approve(db, period)
    if changed:
        command = f"Look at it, then approve it: casereviews issue preview {period}"
        action = issue_action(period, "Look at it, then approve it", command)
        raise HouseError("the issue has changed since it was built", period, action=action)
    return draft if dry else issues.get(db, period)


def release_issue(
    effects: SideEffects, settings: Settings, db: Database, period: str, by_hand: bool = False, shown: str = ""
) -> int:
    """Freeze an issue and its audience: content and one delivery a subscriber, of one instant. How many.

    The audience is queued first, while nothing delivers it. Then the issue is frozen in one transaction, if it is still
    what it was queued for; else that begins anew. Broken off before, it is not released, and the next release begins
    anew, too. Nothing here waits for the network: `describe_link_age` says how old the look at its links is.

    An approved issue goes as it was approved. A draft goes unless publish is "approve": `by_hand` as it was built, else
    as it is now. `shown`: the hash of what the person has seen who sends it by hand. Raises NotFound, IssueFrozen,
    IssueBlocked, LockHeld while another run releases one, and HouseError when it is not approved, or is no longer what
    was approved, built or seen.
    """
    now, queued_hash = effects.now(), ""
    with effects.lock(settings.data_dir, "release"):
        try:
            while True:
                with write_transaction(db):
                    before = _require_releasable(settings, db, period, by_hand)
                    _refuse_awaited(settings, db, period, by_hand)
                    draft = build_issue.compose_draft(settings, db, period)
                    changed = _has_changed(draft, before, shown) and (before.issue.status != "draft" or by_hand)
                    issues.save_rebuilt(db, draft, now)
                    if not changed and draft.issue.hash == queued_hash:
                        frozen_issue.freeze_issue(settings, db, draft, now)
                        issue_marks.delete(db, period, "restored")  # a person decides to send it
                        return sum(deliveries.counts(db, period).values())
                if changed:
                    raise _changed_error(before)
                freeze_audience.queue_audience(effects, db, period, draft.issue.reviews, now)
                queued_hash = draft.issue.hash
        except Exception:
            freeze_audience.forget_audience(effects, db, period)
            raise


def check_release(settings: Settings, db: Database, period: str) -> int:
    """How many a release by hand would send it to, or how many still wait for it. Writes nothing.

    Raises what `release_issue` would raise.
    """
    before = issues.get(db, period)
    if before.issue.status in OPEN_STATUSES:
        _require_releasable(settings, db, period, by_hand=True)
        _refuse_awaited(settings, db, period, by_hand=True)
        if _has_changed(build_issue.compose_draft(settings, db, period), before, ""):
            raise _changed_error(before)
    return count_audience(settings, db, period)


def _changed_error(before: StoredIssue) -> HouseError:
    period, approved = before.issue.period, before.issue.status == "approved"
    said = "since it was approved: it waits for approval again" if approved else "since it was built"
    action = issue_action(period, "Look at it", f"Look at it: casereviews issue preview {period}")
    return HouseError(f"the issue has changed {said}", period, action=action)


def _require_releasable(settings: Settings, db: Database, period: str, by_hand: bool) -> StoredIssue:
    """The issue that may be released as far as its state goes. Raises NotFound, IssueFrozen and HouseError."""
    stored = issues.get(db, period)
    _refuse_frozen(stored)
    if stored.issue.status == "draft" and wants_approval(settings, by_hand):
        action = issue_action(period, "Approve it", f"Approve it: casereviews issue approve {period}")
        raise HouseError("the issue is not approved", period, action=action)
    if not by_hand:
        _refuse_undecided(db, period)
    if issues.is_paused(db, period) and not by_hand:
        action = issue_action(period, "Let it go", f"Let it go: casereviews issue resume {period}")
        raise HouseError("the issue is paused", period, action=action)
    if read_routing(settings.mail).reach != "nobody":  # what cannot be sent must not be frozen
        check_usable(settings.mail)
    return stored


def wants_approval(settings: Settings, by_hand: bool) -> bool:
    """Whether a draft is released only once it is approved; by hand also where two people are to have seen it."""
    return settings.newsletter.publish == "approve" or (by_hand and settings.newsletter.approval == "two people")


def _has_changed(draft: StoredIssue, built: StoredIssue, shown: str) -> bool:
    """Whether an issue is another now than it was built, or than a person has seen it.

    What a look at its links has added to a draft (a report's size) is no other issue; to an approved one it is.
    """
    if shown and shown not in (built.issue.hash, draft.issue.hash):
        return True
    if built.issue.status == "approved":
        return draft.issue.hash != built.issue.hash
    return editorial_hash(draft.issue) != editorial_hash(built.issue)


def count_audience(settings: Settings, db: Database, period: str) -> int:
    """How many would get an issue if it were released now, or still get it. Raises NotFound."""
    stored = issues.get(db, period)
    if stored.issue.status not in OPEN_STATUSES:
        return deliveries.count_waiting(db, period)[0]
    return freeze_audience.count_interested(db, build_issue.compose_draft(settings, db, period).issue.reviews)


def describe_link_age(settings: Settings, db: Database, period: str, now: datetime) -> tuple[Advice, bool]:
    """When the links of an issue were last looked at, in words; and whether that is old, or was never.

    It stops nobody: a link that was not looked at lately is no fault of the issue.
    """
    age = links.get_age(db, [review.id for review in issues.get(db, period).issue.reviews])
    if not age.total:
        return Advice("there is no link in it"), False
    if age.unchecked:
        action = issue_action(period, "Look at its links", f"casereviews issue build {period} --check-links")
        those = (
            f"{age.unchecked} of its {plural(age.total, 'link')} {noun(age.unchecked, 'was', 'were')} never looked at"
        )
        return Advice(those, action), True
    assert age.oldest is not None  # all were looked at
    days = (local_date(now, settings.zone) - local_date(age.oldest, settings.zone)).days
    when = f"{plural(days, 'day')} ago" if days > 0 else "today"
    return Advice(f"its links were last looked at {when}"), now - age.oldest > OLD_LOOK


def _refuse_awaited(settings: Settings, db: Database, period: str, by_hand: bool) -> None:
    asked = issue_marks.get(db, period, "late") is not None  # a person was asked, and approved it since
    issue_coverage.refuse_awaited(settings, db, period, issues.get_edits(db, period), by_hand or asked)


def _refuse_undecided(db: Database, period: str) -> None:
    if issue_marks.get(db, period, "restored"):
        command = f"Decide it: casereviews issue settle {period}, or casereviews issue send {period}"
        action = issue_action(period, "Say whether it went out", command)
        what = "a backup was restored, and whether the issue went out since is not known"
        raise HouseError(what, period, action=action)


def _refuse_frozen(stored: StoredIssue) -> None:
    if stored.issue.status not in OPEN_STATUSES:
        period = stored.issue.period
        action = issue_action(period, "See the issue", f"See: casereviews issue show {period}")
        raise IssueFrozen("the issue no longer changes", f"{period} is {stored.issue.status}", action=action)


def pause_issue(db: Database, period: str, on: bool = True, dry: bool = False) -> None:
    """Keep the timer from sending an issue by itself, or let it. Raises NotFound, IssueFrozen."""
    with write_transaction(db):
        _refuse_frozen(issues.get(db, period))
        if not dry:
            issues.set_paused(db, period, on)


def resend_issue(
    effects: SideEffects, db: Database, period: str, unknown: bool = False, written: bool = False, dry: bool = False
) -> int:
    """Queue once more what was refused or failed, for those who still want it; how many.

    `period`: of an issue, or the run in which a correction is mailed. With `unknown` also what may have arrived
    already; with `written` instead what went to files only. Raises NotFound, and HouseError when it was never sent, or
    is not to be sent any more.
    """
    _refuse_undecided(db, period)
    with nullcontext() if dry else write_transaction(db):
        if parse_correction_run(period):
            if not mailings.may_go_on(db, period):
                raise HouseError("these words are not mailed to anybody", run_name(period), "Mail those that stand.")
        elif issues.get(db, period).issue.status in OPEN_STATUSES:
            action = issue_action(period, "Send it", f"Send it: casereviews issue send {period}")
            raise HouseError("the issue was not sent yet", period, action=action)
        states: tuple[DeliveryState, ...] = UNDELIVERED_STATES if unknown else ("refused", "failed")
        via: DeliveredBy = "outbox" if written else ""
        if written:
            states = ("sent",)
        if dry:
            return deliveries.count_requeueable(db, period, states, via)
        if count := deliveries.requeue(db, period, states, effects.now(), via):
            mailings.mark_sending(db, period)
    return count
