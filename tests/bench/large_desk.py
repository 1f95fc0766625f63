"""An invented house of the desk, of any number of readers and issues: sent to, some refused, some gone."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from core.calendar import month_after
from core.config.schema import Settings, WebSettings
from core.records import Page
from core.source_records import Run
from db.collection import pages, runs
from db.schema.connect import Database, optimize, write_transaction
from db.schema.timestamps import to_text
from tests.app.web.operator import HASH
from tests.bench import archive

NOW = archive.NOW + timedelta(days=25)  # in the month after the archive's, whose issue is open
KEPT = 13  # issues whose deliveries are kept one by one: of 400 days; of the others only how many ended how
READERS = """
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :readers)
    INSERT INTO subscribers (id, key, email, mailbox, status, status_since, token, topics, nations, edition,
        only_when_matching, rest, consent_at, consent_wording, consent_channel)
    SELECT n, 'r' || n || '@a' || (n % 200) || '.example', 'r' || n || '@a' || (n % 200) || '.example',
        'r' || n || '@a' || (n % 200) || '.example',
        CASE WHEN n % 50 = 0 THEN 'bounced' WHEN n % 40 = 0 THEN 'unsubscribed' WHEN n % 90 = 0 THEN 'paused'
            WHEN n % 300 = 1 THEN 'pending' ELSE 'active' END,
        :at, printf('s%021d', n), '[]', '[]', 'full', 0, 'lines', :at, 'paper', 'import'
    FROM n
"""
DELIVERIES = """
    INSERT INTO deliveries
        (period, subscriber_id, token, edition, state, via, attempts, due_at, changed_at, claimed_boot_id, reply)
    SELECT :period, id, printf('m%s%014d', :period, id), 'full',
        CASE WHEN id % 250 = 0 THEN 'refused' WHEN id % 400 = 0 THEN 'unknown' ELSE 'sent' END, 'smtp', 1, :at, :at,
        'boot',
        CASE WHEN id % 250 = 0 THEN '550 5.1.1 no such user' ELSE '' END
    FROM subscribers
"""
BOUNCES = """
    INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint, domain, signature, source, ended)
    SELECT id, :period, 'hard', :at, '550 5.1.1 no such user', :period || id, 'a' || (id % 200) || '.example', 'gone',
        'refusal', CASE WHEN id % 50 = 0 THEN 'active' ELSE '' END
    FROM subscribers WHERE id % 250 = 0
"""
COUNTS = """
    INSERT INTO delivery_counts (period, state, relay, count, changed_at)
    VALUES (:period, 'sent', '', :readers, :at), (:period, 'refused', '', :readers / 250, :at)
"""
EMAILS = """
    INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at)
    SELECT 'confirm', id, 'sent', :at, :at FROM subscribers WHERE id % 100 = 1
"""
SEARCHES = """
    INSERT INTO saved_searches (subscriber_id, words, filters, cadence, saved_at)
    SELECT id, 'sleep', '[]', 'week', :at FROM subscribers WHERE id % 20 = 0
"""
LEAVING = """
    INSERT INTO leave_requests (subscriber_id, received_at, message_hash)
    SELECT id, :at, 'hash ' || id FROM subscribers WHERE id % 2000 = 3
"""


HALF_SENT = (  # to some it could not be sent, others wait
    "UPDATE issues SET status = 'sending', sent_at = NULL WHERE period = :period",
    """
    UPDATE deliveries SET state = iif(subscriber_id % 10, 'queued', 'failed'), via = '', attempts = 0
    WHERE period = :period AND state = 'sent' AND subscriber_id % 5 <> 1
    """,
)
WAITING = (  # a question about refused mail; readers who want little; alerts, and what they are to tell; reports
    """
    INSERT INTO bounce_holds (period, domain, signature, words, opened_at)
    VALUES (:period, '', '', '550 5.7.1 go away', :at)
    """,
    """
    UPDATE bounces SET standing = 'held', ended = '', hold_id = (SELECT id FROM bounce_holds)
    WHERE period = :period AND kind = 'hard' AND subscriber_id % 500 = 0
    """,
    """
    UPDATE subscribers SET only_when_matching = 1, topics = json_array('topic ' || id % 9)
    WHERE status = 'active' AND id % 10 = 0
    """,
    """
    INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at)
    SELECT 'alert', id, 'queued', :at, :at FROM subscribers WHERE id % 3 = 0
    """,
    """
    INSERT INTO provider_events (provider, digest, kind, at)
    SELECT 'postmark', 'event ' || id, 'delivered', :at FROM subscribers
    """,
    """
    INSERT INTO saved_search_matches (search_id, review_id, matched_at)
    SELECT s.id, r.id, :at FROM saved_searches AS s CROSS JOIN (SELECT id FROM reviews ORDER BY id DESC LIMIT 5) AS r
    """,
)


def settings(folder: Path) -> Settings:
    """The house in a folder, with a password."""
    return archive.settings(folder).replace(web=WebSettings(password_hash=HASH))


def build(folder: Path, readers: int, issues: int) -> Database:
    """A house with so many readers and issues, the last of them sent to all who are there."""
    db = archive.build(folder, 100)
    fill(db, readers, issues)
    return db


def fill(db: Database, readers: int, issues: int) -> None:
    """Add these to an archive."""
    at = to_text(NOW - timedelta(days=2))
    with write_transaction(db):
        db.execute(READERS, {"readers": readers, "at": at})
        for sql in (EMAILS, SEARCHES, LEAVING):
            db.execute(sql, {"at": at})
        for age in range(issues):
            period = month_after(archive.PERIOD, -age)
            values = {"period": period, "readers": readers, "at": to_text(archive.NOW - timedelta(days=30 * age + 1))}
            if age:
                _copy_issue(db, values)
            if age < KEPT:
                db.execute(DELIVERIES, values)
                db.execute(BOUNCES, {name: values[name] for name in ("period", "at")})
            else:
                db.execute(COUNTS, values)
            db.execute(
                "INSERT INTO audit_trail (at, actor, action) SELECT ?, 'Sam', 'approved ' || ? FROM runs LIMIT 20",
                [values["at"], period],
            )
        _add_reads(db, issues)
    optimize(db)


def run_all(db: Database, statements: Sequence[str], period: str) -> None:
    """Run each of these statements about an issue; then SQLite looks again at how many rows there are."""
    values = {"period": period, "at": to_text(NOW - timedelta(days=2))}
    with write_transaction(db):
        for sql in statements:
            db.execute(sql, {name: value for name, value in values.items() if f":{name}" in sql})
    optimize(db)


def _copy_issue(db: Database, values: dict[str, object]) -> None:
    """The archive's issue under another month, with all its columns but those that are worked out."""
    columns = [
        row["name"] for row in db.execute("PRAGMA table_info(issues)") if row["name"] not in ("period", "sent_at")
    ]
    names = ", ".join(columns)
    source = {"source": archive.PERIOD}
    db.execute(
        f"""
        INSERT INTO issues (period, sent_at, {names}) SELECT :period, :at, {names} FROM issues WHERE period = :source
        """,
        {name: values[name] for name in ("period", "at")} | source,
    )
    db.execute(
        """
        INSERT INTO issue_reviews (period, review_id, position)
        SELECT :period, review_id, position FROM issue_reviews WHERE period = :source
        """,
        {"period": values["period"]} | source,
    )


def _add_reads(db: Database, issues: int) -> None:
    """A month of daily reads and the first of all, each with its page."""
    page = Page("https://x.example.org/list", "https://x.example.org/list", 200, (), b"<html>list</html>", NOW)
    pages.save_body(db.file.parent / "pages", page)
    for day in (31 * issues + 60, *range(30, -1, -1)):
        at = NOW - timedelta(days=day, hours=1)
        runs.add(db, Run("bench", at, pages=1, seen=100, unchanged=100))
    pages.add(db, "bench", page, [])
