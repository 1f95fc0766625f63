"""Tables of issues: content, rendered messages, corrections."""

from core.states import Edition, IssueMark, IssueStatus, MailingStatus
from db.schema.column_checks import flag, one_of

ISSUES = f"""
CREATE TABLE issues (
    period TEXT PRIMARY KEY,
    status {one_of("status", IssueStatus)},
    editor_note TEXT NOT NULL,
    ordering TEXT NOT NULL, -- a way to sort, or numbers of reviews: 12,5,7
    skipped_review_ids TEXT NOT NULL, -- JSON: numbers
    added_review_ids TEXT NOT NULL DEFAULT '[]', -- JSON: numbers, of reviews that were known already
    as_read {flag("as_read")} DEFAULT 0, -- a person lets it go with what was read: it waits for no source
    first_review_id INTEGER, -- that a person put first; NULL: nobody did
    first_reason TEXT NOT NULL DEFAULT '', -- why
    edited_by TEXT NOT NULL DEFAULT '', -- the address of who last changed it; 'somebody': not known; empty: nobody
    title TEXT NOT NULL,
    intro TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    built_at TEXT NOT NULL,
    approved_hash TEXT NOT NULL DEFAULT '', -- of the content that a person approved
    paused {flag("paused")} DEFAULT 0,
    drafted_at TEXT, -- by the scheduler: the hold counts from there
    frozen_at TEXT,
    sent_at TEXT,
    html_bytes INTEGER GENERATED ALWAYS AS (length(CAST(html AS BLOB))) STORED,
    text_bytes INTEGER GENERATED ALWAYS AS (length(CAST(text AS BLOB))) STORED,
    -- What is large stands last, so that a list of issues reads none of it.
    content TEXT NOT NULL, -- JSON: the issue's record
    wording TEXT NOT NULL DEFAULT '', -- JSON: all that an issue says beside its content; empty: not frozen
    html TEXT NOT NULL, -- the full edition's two parts
    text TEXT NOT NULL
) STRICT;

-- Each edition of a frozen issue: the very message, with marks where a reader's address and tokens go.
CREATE TABLE issue_messages (
    period TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
    edition {one_of("edition", Edition)},
    rendered_at TEXT NOT NULL, -- at release, or when a takedown changed it
    left_out TEXT NOT NULL, -- JSON: numbers of its reviews that were taken down by then
    message BLOB NOT NULL,
    PRIMARY KEY (period, edition)
) STRICT;

-- What the messages of readers with wishes are put together from: an edition's message without its reviews, and each
-- of them in full and as one line.
CREATE TABLE issue_blocks (
    period TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
    edition {one_of("edition", Edition)},
    frame BLOB NOT NULL,
    blocks TEXT NOT NULL, -- JSON
    PRIMARY KEY (period, edition)
) STRICT;

-- Every review that an issue names: as new, as updated or as withdrawn.
CREATE TABLE issue_mentions (
    period TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    PRIMARY KEY (period, review_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_mentions_by_review ON issue_mentions (review_id);

CREATE TABLE issue_reviews (
    period TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (period, review_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_reviews_by_review ON issue_reviews (review_id);

-- What the scheduler or a person decided of a month, whether or not it has an issue.
CREATE TABLE issue_marks (
    period TEXT NOT NULL,
    mark {one_of("mark", IssueMark)},
    at TEXT NOT NULL, -- restored: when the backup was made
    details TEXT NOT NULL,
    PRIMARY KEY (period, mark)
) STRICT, WITHOUT ROWID;

-- What was wrong in an issue that was sent, and what is right.
CREATE TABLE corrections (
    period TEXT NOT NULL REFERENCES issues (period),
    number INTEGER NOT NULL, -- in its issue, from 1
    review_id INTEGER REFERENCES reviews (id), -- that it is about; NULL: the issue as a whole
    PRIMARY KEY (period, number)
) STRICT, WITHOUT ROWID;

-- The words of each as they stood, one after another; the last stands.
CREATE TABLE correction_versions (
    period TEXT NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL, -- from 1
    at TEXT NOT NULL,
    words TEXT NOT NULL, -- Markdown; of one that takes the correction back: why, for readers
    actor TEXT NOT NULL, -- who wrote them
    reason TEXT NOT NULL DEFAULT '', -- why it was amended
    withdrawn {flag("withdrawn")} DEFAULT 0, -- it takes the correction back
    PRIMARY KEY (period, number, version),
    FOREIGN KEY (period, number) REFERENCES corrections (period, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_versions_by_time ON correction_versions (at);

-- Which issue tells its readers of which version.
CREATE TABLE issue_corrections (
    issue TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
    period TEXT NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (issue, period, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_corrections_by_correction ON issue_corrections (period, number);

-- A version that is or was mailed at once to those who got the issue: the very message, with marks for the reader.
CREATE TABLE correction_mailings (
    run TEXT PRIMARY KEY, -- like 2016-09-correction-1.2: in place of a period wherever deliveries name one
    period TEXT NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status {one_of("status", MailingStatus)}, -- stopped: the version no longer stands, and what waited was dropped
    asked_at TEXT NOT NULL,
    actor TEXT NOT NULL, -- who asked for it
    sent_at TEXT, -- or stopped
    wording TEXT NOT NULL, -- JSON, as of an issue
    message BLOB NOT NULL,
    FOREIGN KEY (period, number, version) REFERENCES correction_versions (period, number, version)
) STRICT;

-- All that is delivered to many: issues, and corrections at once.
CREATE VIEW mailings AS
SELECT period AS run, status, frozen_at, sent_at FROM issues
UNION ALL SELECT run, status, asked_at, sent_at FROM correction_mailings;
"""
