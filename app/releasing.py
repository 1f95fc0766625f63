"""The verbs approve, release, pause and resend: from a draft to a frozen issue with its audience."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext

from app import issuing, linkcheck
from app.delivering import allowed
from app.lock import lock
from app.sending import signer_of
from app.world import World
from core.errors import HouseError, IssueFrozen
from core.records import Review
from core.settings import Settings
from core.subscribers import Searchable, wants
from db import chores, deliveries, issues
from db.chores import RESTORED
from db.connect import Database, write
from db.issues import Kept
from newsletter.compose import words_hash


def approve(world: World, settings: Settings, db: Database, period: str, dry: bool = False, shown: str = "") -> Kept:
    """A person approves an issue as it was built; any later change of its content voids that.

    Its links are looked at first. `shown`: the hash of what the person has seen. Raises IssueFrozen, IssueBlocked,
    NotFound, and HouseError when what was built or seen is no longer what the issue would be: then the new draft is
    stored, to be looked at.
    """
    _refuse_frozen(issues.get(db, period))
    issuing.refuse_quarantined(settings, db)
    if not dry:
        look_at_links(world, settings, db, period)
    with write(db):
        fresh = issuing.draft(settings, db, period)
        _refuse_frozen(fresh)
        changed = _differ(fresh, issues.get(db, period), shown)
        if not dry:
            issues.keep_anew(db, fresh, world.now())
        if not dry and not changed:
            issues.approve(db, period)
    if changed:
        fix = f"Look at it, then approve it: casereviews issue preview {period}"
        raise HouseError("the issue has changed since it was built", period, fix)
    return fresh if dry else issues.get(db, period)


def release(world: World, settings: Settings, db: Database, period: str, by_hand: bool = False, shown: str = "") -> int:
    """Freeze an issue and its audience: content and one delivery a subscriber, in one transaction. How many.

    Its links are looked at first. An approved issue goes as it was approved. A draft goes unless publish is
    "approve": `by_hand` as it was built, else as it is now. `shown`: the hash of what the person has seen who sends
    it by hand. Raises NotFound, IssueFrozen, IssueBlocked, and HouseError when it is not approved, or is no longer
    what was approved, built or seen.
    """
    _releasable(settings, db, period, by_hand)
    issuing.refuse_quarantined(settings, db)
    look_at_links(world, settings, db, period)
    now = world.now()
    with write(db):
        before = _releasable(settings, db, period, by_hand)  # again: much can have happened meanwhile
        issuing.refuse_quarantined(settings, db)
        fresh = issuing.draft(settings, db, period)
        changed = _differ(fresh, before, shown)
        issues.keep_anew(db, fresh, now)
        if not changed or (before.issue.status == "draft" and not by_hand):
            issues.freeze(db, period, now, issuing.frame(settings))
            chores.drop(db, RESTORED, period)  # a person decides to send it
            return deliveries.freeze(db, period, _audience(world, db, fresh.issue.reviews), now)
    raise _changed(before)


def would_release(settings: Settings, db: Database, period: str) -> int:
    """How many a release by hand would send it to, or how many still wait for it. Raises what `release` would raise.

    Writes nothing, and does not look at links: what they show may still change the issue.
    """
    before = issues.get(db, period)
    if before.issue.status in issuing.OPEN:
        _releasable(settings, db, period, by_hand=True)
        issuing.refuse_quarantined(settings, db)
        if _differ(issuing.draft(settings, db, period), before, ""):
            raise _changed(before)
    return audience(settings, db, period)


def _changed(before: Kept) -> HouseError:
    period, approved = before.issue.period, before.issue.status == "approved"
    said = "since it was approved: it waits for approval again" if approved else "since it was built"
    return HouseError(f"the issue has changed {said}", period, f"Look at it: casereviews issue preview {period}")


def _releasable(settings: Settings, db: Database, period: str, by_hand: bool) -> Kept:
    """The issue that may be released as far as its state goes. Raises NotFound, IssueFrozen and HouseError."""
    kept = issues.get(db, period)
    _refuse_frozen(kept)
    if kept.issue.status == "draft" and settings.newsletter.publish == "approve":
        raise HouseError("the issue is not approved", period, f"Approve it: casereviews issue approve {period}")
    if not by_hand:
        _refuse_undecided(db, period)
    if issues.paused(db, period) and not by_hand:
        raise HouseError("the issue is paused", period, f"Let it go: casereviews issue resume {period}")
    if settings.mail.transport == "smtp":  # what cannot be sent must not be frozen
        signer_of(settings)
        allowed(settings)
    return kept


def _differ(fresh: Kept, built: Kept, shown: str) -> bool:
    """Whether an issue is another now than it was built, or than a person has seen it.

    What the look at its links has just added to a draft (a report's size) is no other issue; to an approved one it is.
    """
    if shown and shown not in (built.issue.hash, fresh.issue.hash):
        return True
    if built.issue.status == "approved":
        return fresh.issue.hash != built.issue.hash
    return words_hash(fresh.issue) != words_hash(built.issue)


def audience(settings: Settings, db: Database, period: str) -> int:
    """How many would get an issue if it were released now, or still get it. Raises NotFound."""
    kept = issues.get(db, period)
    if kept.issue.status not in issuing.OPEN:
        return deliveries.waiting(db, period)[0]
    return sum(1 for _ in _wanting(db, issuing.draft(settings, db, period).issue.reviews))


def _audience(world: World, db: Database, reviews: Iterable[Review]) -> Iterator[tuple[int, str, str]]:
    """Each subscriber who wants this issue, with a token for the message, and the edition."""
    for one in _wanting(db, reviews):
        yield one.id, world.token(), one.edition


def _wanting(db: Database, reviews: Iterable[Review]) -> Iterator[deliveries.Reader]:
    texts = tuple(map(Searchable.of, reviews))
    for one in deliveries.readers(db):
        if not one.matching or wants(one.topics, one.nations, texts):
            yield one


def look_at_links(world: World, settings: Settings, db: Database, period: str) -> None:
    """See where the links of an issue's reviews lead today. Raises Locked while another run reads sources."""
    with lock(settings.data_dir):
        linkcheck.check(world, settings, db, ids=issuing.waiting(settings, db, period), limit=None)


def _refuse_undecided(db: Database, period: str) -> None:
    if chores.get(db, RESTORED, period):
        fix = f"Decide it: casereviews issue settle {period}, or casereviews issue send {period}"
        raise HouseError("a backup was restored, and whether the issue went out since is not known", period, fix)


def _refuse_frozen(kept: Kept) -> None:
    if kept.issue.status not in issuing.OPEN:
        which = f"{kept.issue.period} is {kept.issue.status}"
        raise IssueFrozen("the issue no longer changes", which, f"See: casereviews issue show {kept.issue.period}")


def pause(db: Database, period: str, on: bool = True, dry: bool = False) -> None:
    """Keep the timer from sending an issue by itself, or let it. Raises NotFound, IssueFrozen."""
    with write(db):
        _refuse_frozen(issues.get(db, period))
        if not dry:
            issues.pause(db, period, on)


def again(
    world: World, db: Database, period: str, unknown: bool = False, written: bool = False, dry: bool = False
) -> int:
    """Queue once more what was refused or failed, for those who still want it; how many.

    With `unknown` also what may have arrived already; with `written` instead what went to files only. Raises
    NotFound, and HouseError when the issue was never sent.
    """
    _refuse_undecided(db, period)
    with nullcontext() if dry else write(db):
        kept = issues.get(db, period)
        if kept.issue.status in issuing.OPEN:
            raise HouseError("the issue was not sent yet", period, f"Send it: casereviews issue send {period}")
        states = ("sent",) if written else ("refused", "failed", *(("unknown",) if unknown else ()))
        via = "outbox" if written else ""
        if dry:
            return deliveries.ended(db, period, states, via)
        if count := deliveries.queue_again(db, period, states, world.now(), via):
            issues.sending_again(db, period)
    return count
