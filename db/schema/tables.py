"""Schema: every table of the database with its columns, indexes, triggers, as SQL (STRICT tables).

An instant is text like 2016-09-20T09:00:00Z, in UTC, a day like 2016-09-20: both sort as time does. A period is a month
like 2016-09. JSON is said where it is. What a state may be comes from `core.states`, so that the two agree.
"""

from typing import Any

from core.states import (
    AlertCadence,
    AttemptKind,
    BounceAnswer,
    BounceKind,
    BounceSource,
    BounceStanding,
    ConsentOrigin,
    DeliveredBy,
    DeliveryState,
    Edition,
    HookName,
    IssueMark,
    IssueStatus,
    LinkState,
    MailingStatus,
    Nation,
    PriorStatus,
    ProviderEventMark,
    ReaderChange,
    RefusalMeaning,
    RestOfIssue,
    ReviewEventKind,
    ReviewStatus,
    Role,
    SectionKind,
    SourceHealth,
    SubscriberStatus,
    SuppressionReason,
    TakedownAnswer,
    TransactionalKind,
    members,
)


def _one_of(column: str, states: Any) -> str:
    return f"TEXT NOT NULL CHECK ({column} IN {members(states)})"


def _flag(column: str) -> str:
    return f"INTEGER NOT NULL CHECK ({column} IN (0, 1))"


COLLECTION = f"""
-- An address of a source, with what lets us ask for it politely.
CREATE TABLE sources (
    name TEXT NOT NULL, -- as configured
    url TEXT NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    sha256 TEXT NOT NULL, -- of the last good page
    grammar_version INTEGER NOT NULL, -- of the grammar that last read it
    read_at TEXT, -- the last full read that was good
    baseline_at TEXT, -- the first good read
    not_before TEXT, -- the site asked us to stay away until then
    walked_at TEXT, -- the last good walk through a list of many pages; NULL: one is due
    list_url TEXT NOT NULL DEFAULT '', -- where such a list begins
    total INTEGER, -- entries that it last said it lists
    PRIMARY KEY (name, url)
) STRICT;

CREATE TABLE robots_txt (
    origin TEXT PRIMARY KEY,
    status INTEGER NOT NULL, -- HTTP; 0: no answer
    body TEXT NOT NULL,
    fetched_at TEXT NOT NULL
) STRICT;

-- A page as fetched; its body is a file under its SHA-256.
CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    final_url TEXT NOT NULL, -- after redirects
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL, -- JSON: pairs of name and value
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, -- bytes
    quarantine_reasons TEXT -- JSON: words; NULL: it was believed
) STRICT;
CREATE INDEX pages_by_source ON pages (source, fetched_at);
CREATE INDEX pages_by_body ON pages (sha256);

-- What one read of one source did.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    accepted {_flag("accepted")}, -- neither failed, quarantined nor broken off
    pages INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    new INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    not_modified INTEGER NOT NULL,
    quarantined INTEGER NOT NULL, -- pages
    failed {_flag("failed")}, -- the address could not be read at all
    problems TEXT NOT NULL, -- JSON: words
    bytes INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    seconds REAL NOT NULL,
    baseline {_flag("baseline")} DEFAULT 0, -- what was new was known from then on, and no news
    covered_years TEXT NOT NULL DEFAULT '[]', -- JSON: words, of the years of which it listed all
    leftovers TEXT NOT NULL DEFAULT '[]', -- JSON: pairs of the page's words and why they are no entry
    lost_review_ids TEXT NOT NULL DEFAULT '[]' -- JSON: numbers, where so many were not believed to have gone
) STRICT;
CREATE INDEX runs_by_source ON runs (source, id);
CREATE INDEX runs_accepted ON runs (source, started_at) WHERE accepted = 1;
CREATE INDEX runs_by_time ON runs (started_at, accepted);

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- the catalogue number or id; else a- or f- and a hash of its address or its text
    source TEXT NOT NULL, -- that listed it first
    catalogue TEXT NOT NULL, -- the collection's own number; empty: none
    fingerprint TEXT NOT NULL, -- of the folded text
    heading_key TEXT NOT NULL, -- of the folded heading
    year INTEGER,
    month INTEGER CHECK (month BETWEEN 1 AND 12),
    publisher TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    heading TEXT NOT NULL, -- as published
    summary TEXT NOT NULL,
    raw BLOB NOT NULL, -- the source's text, deflated beside its own words (db.rows): most of it stands there
    nation TEXT CHECK (nation IN {members(Nation)}),
    kind TEXT,
    status {_one_of("status", ReviewStatus)},
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL, -- a good read showed it; while it is shown, its source's last good read
    baseline {_flag("baseline")}, -- there at the source's first read, so never news
    version INTEGER NOT NULL -- counts the edits
) STRICT;
CREATE INDEX reviews_by_catalogue ON reviews (catalogue) WHERE catalogue <> '';
CREATE INDEX reviews_by_fingerprint ON reviews (fingerprint);
CREATE INDEX reviews_by_heading ON reviews (heading_key);
CREATE INDEX reviews_by_day ON reviews (first_seen DESC);
CREATE INDEX reviews_that_are_news ON reviews (first_seen) WHERE baseline = 0;

CREATE TABLE sections (
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind {_one_of("kind", SectionKind)},
    label TEXT NOT NULL,
    text TEXT NOT NULL,
    items TEXT NOT NULL, -- JSON: where each entry of the list stands in the text, or its words where it does not
    UNIQUE (review_id, position)
) STRICT;

CREATE TABLE keywords (
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT NOT NULL, -- as published
    folded_text TEXT NOT NULL,
    PRIMARY KEY (review_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    url TEXT NOT NULL,
    state {_one_of("state", LinkState)}, -- this and the rest as in link_checks
    media TEXT NOT NULL,
    size INTEGER,
    pages INTEGER,
    PRIMARY KEY (review_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_url ON links (url);

-- Where else a review's report is: the links that a source shows of a review held from another.
CREATE TABLE copies (
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (review_id, source, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_by_url ON copies (url);

-- An address that reviews link to, and when to look at it next.
CREATE TABLE link_checks (
    url TEXT PRIMARY KEY,
    state {_one_of("state", LinkState)} DEFAULT 'unchecked',
    status INTEGER NOT NULL DEFAULT 0, -- HTTP; 0: no answer
    media TEXT NOT NULL DEFAULT '',
    size INTEGER, -- bytes
    pages INTEGER,
    why TEXT NOT NULL DEFAULT '', -- for a person
    checked_at TEXT, -- NULL: never
    failures INTEGER NOT NULL DEFAULT 0, -- days in a row
    first_failed_on TEXT,
    last_failed_on TEXT,
    dead_since TEXT, -- the day it was found dead; NULL: it is not
    inconclusive {_flag("inconclusive")} DEFAULT 0, -- look again tomorrow
    due_at TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX link_checks_by_due ON link_checks (due_at, url);

-- Which source shows which review.
CREATE TABLE sightings (
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- of all it last showed of it
    first_seen TEXT NOT NULL,
    missing_since TEXT, -- a day
    no_longer_covered {_flag("no_longer_covered")} DEFAULT 0, -- neither missing nor shown
    PRIMARY KEY (review_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_source ON sightings (source, no_longer_covered);

-- The edits of reviews by their sources; the first makes version 2.
CREATE TABLE review_versions (
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    changes TEXT NOT NULL, -- JSON: field, old, new of each
    UNIQUE (review_id, version)
) STRICT;
CREATE INDEX review_versions_by_time ON review_versions (seen_at);

-- What editors have put right in reviews for publication; a part has one fix in force.
CREATE TABLE wording_fixes (
    id INTEGER PRIMARY KEY,
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    part TEXT NOT NULL, -- name, summary, section-2, section-2-item-3
    source_text TEXT NOT NULL, -- the collection's words that it was made against
    new_text TEXT NOT NULL,
    editor TEXT NOT NULL, -- who made it
    why TEXT NOT NULL,
    at TEXT NOT NULL,
    ended_at TEXT, -- NULL: it is in force
    ended_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX wording_fixes_in_force ON wording_fixes (review_id, part) WHERE ended_at IS NULL;
CREATE INDEX wording_fixes_by_review ON wording_fixes (review_id, at);

-- What happened to reviews after they were listed.
CREATE TABLE review_events (
    id INTEGER PRIMARY KEY,
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    kind {_one_of("kind", ReviewEventKind)},
    at TEXT NOT NULL,
    details TEXT NOT NULL -- the source, or the reason of a takedown
) STRICT;
CREATE INDEX review_events_by_kind ON review_events (kind, at);
CREATE INDEX review_events_by_review ON review_events (review_id, at);
CREATE INDEX review_events_by_time ON review_events (at);

CREATE TABLE takedowns (
    review_id INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    at TEXT NOT NULL,
    previous_status {_one_of("previous_status", ReviewStatus)} -- what a lift gives back
) STRICT;

-- An entry that looks like a review that is down, held back until the operator says what it is. Nothing of its content.
CREATE TABLE takedown_questions (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    digest TEXT NOT NULL, -- of all that the source shows of the entry
    review_id INTEGER NOT NULL REFERENCES takedowns (review_id) ON DELETE CASCADE,
    likeness TEXT NOT NULL, -- what the two have in common, in words
    position INTEGER NOT NULL, -- of the entry in the read, from 1
    entries INTEGER NOT NULL, -- in the read
    asked_at TEXT NOT NULL,
    answer TEXT CHECK (answer IN {members(TakedownAnswer)}), -- NULL: none yet
    UNIQUE (source, digest)
) STRICT;
CREATE INDEX takedown_questions_by_review ON takedown_questions (review_id);

-- Whether a person has looked at what is read of a source, and said yes.
CREATE TABLE source_sign_offs (
    name TEXT PRIMARY KEY,
    occasion TEXT NOT NULL, -- why it was asked for: its first read, say
    asked_at TEXT NOT NULL,
    signed_at TEXT -- NULL: nobody has said yes since
) STRICT;

-- The state each source was last in.
CREATE TABLE source_states (
    name TEXT PRIMARY KEY,
    state {_one_of("state", SourceHealth)},
    since TEXT NOT NULL,
    details TEXT NOT NULL,
    operator_notified {_flag("operator_notified")}
) STRICT;

-- The crawl of a source of many pages: one at a time.
CREATE TABLE crawls (
    source TEXT PRIMARY KEY,
    url TEXT NOT NULL, -- where it starts
    last_page_at TEXT NOT NULL,
    remaining_urls TEXT NOT NULL, -- JSON: the next first
    session INTEGER NOT NULL, -- counts the times it asked the start
    second_url TEXT NOT NULL, -- the first that the start led to in this session
    unread_reasons TEXT NOT NULL, -- JSON: what could not be read, in words
    doubted {_flag("doubted")} DEFAULT 0 -- it has ended and was not believed
) STRICT;

CREATE TABLE crawl_steps (
    source TEXT NOT NULL REFERENCES crawls (source) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    session INTEGER NOT NULL,
    url TEXT NOT NULL,
    review_keys TEXT NOT NULL, -- JSON: of the reviews on the page
    page_id INTEGER REFERENCES pages (id), -- NULL: it showed nothing new
    UNIQUE (source, position)
) STRICT;
CREATE INDEX crawl_steps_by_page ON crawl_steps (page_id);

-- Reviews that somebody has gathered: whoever has the token may see and change the list.
CREATE TABLE reading_lists (
    token TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    review_ids TEXT NOT NULL, -- JSON: numbers, in the order shown
    questions TEXT NOT NULL, -- JSON: words, for the briefing; none: those that it asks by itself
    changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reading_lists_by_change ON reading_lists (changed_at);
"""

MAIL = f"""
CREATE TABLE issues (
    period TEXT PRIMARY KEY,
    status {_one_of("status", IssueStatus)},
    editor_note TEXT NOT NULL,
    ordering TEXT NOT NULL, -- a way to sort, or numbers of reviews: 12,5,7
    skipped_review_ids TEXT NOT NULL, -- JSON: numbers
    added_review_ids TEXT NOT NULL DEFAULT '[]', -- JSON: numbers, of reviews that were known already
    as_read {_flag("as_read")} DEFAULT 0, -- a person lets it go with what was read: it waits for no source
    first_review_id INTEGER, -- that a person put first; NULL: nobody did
    first_reason TEXT NOT NULL DEFAULT '', -- why
    edited_by TEXT NOT NULL DEFAULT '', -- the address of who last changed it; 'somebody': not known; empty: nobody
    title TEXT NOT NULL,
    intro TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    built_at TEXT NOT NULL,
    approved_hash TEXT NOT NULL DEFAULT '', -- of the content that a person approved
    paused {_flag("paused")} DEFAULT 0,
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
    edition {_one_of("edition", Edition)},
    rendered_at TEXT NOT NULL, -- at release, or when a takedown changed it
    left_out TEXT NOT NULL, -- JSON: numbers of its reviews that were taken down by then
    message BLOB NOT NULL,
    PRIMARY KEY (period, edition)
) STRICT;

-- What the messages of readers with wishes are put together from: an edition's message without its reviews, and each
-- of them in full and as one line.
CREATE TABLE issue_blocks (
    period TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
    edition {_one_of("edition", Edition)},
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
    mark {_one_of("mark", IssueMark)},
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
    withdrawn {_flag("withdrawn")} DEFAULT 0, -- it takes the correction back
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
    status {_one_of("status", MailingStatus)}, -- stopped: the version no longer stands, and what waited was dropped
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

CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- the same for every way of writing the mailbox
    email TEXT NOT NULL, -- as given
    mailbox TEXT NOT NULL, -- as it goes on the envelope
    status {_one_of("status", SubscriberStatus)},
    status_since TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE, -- in the links of their mail
    topics TEXT NOT NULL, -- JSON; none: all
    nations TEXT NOT NULL, -- JSON; none: all
    edition {_one_of("edition", Edition)},
    only_when_matching {_flag("only_when_matching")}, -- no mail in a month without a match
    rest {_one_of("rest", RestOfIssue)}, -- what they get of the reviews that do not match
    consent_at TEXT NOT NULL,
    consent_wording TEXT NOT NULL,
    consent_channel {_one_of("consent_channel", ConsentOrigin)},
    confirmed_at TEXT,
    wishes_since TEXT -- when they last changed what they get; NULL: never
) STRICT;
CREATE INDEX subscribers_by_status ON subscribers (status, status_since);
CREATE INDEX subscribers_in_status ON subscribers (status);
CREATE INDEX subscribers_only_matching ON subscribers (id) WHERE status = 'active' AND only_when_matching = 1;
CREATE INDEX subscribers_by_domain ON subscribers (substr(mailbox, instr(mailbox, '@') + 1));

-- How many subscribers are of which status, kept by triggers: to count 100,000 takes longer than a page.
CREATE TABLE subscriber_tallies (
    status TEXT NOT NULL,
    only_when_matching INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (status, only_when_matching)
) STRICT, WITHOUT ROWID;

-- How many readers came and went in each month; of nobody in particular, and kept when they are erased.
CREATE TABLE reader_changes (
    month TEXT NOT NULL, -- UTC
    change {_one_of("change", ReaderChange)},
    count INTEGER NOT NULL,
    PRIMARY KEY (month, change)
) STRICT, WITHOUT ROWID;

-- Searches that readers want to hear of.
CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    words TEXT NOT NULL,
    filters TEXT NOT NULL, -- JSON: pairs of a facet's name and value
    cadence {_one_of("cadence", AlertCadence)},
    saved_at TEXT NOT NULL,
    paused_until TEXT, -- a day; NULL: not paused
    UNIQUE (subscriber_id, words, filters)
) STRICT;

-- What each found among reviews that were new: a review is found once, whatever breaks off.
CREATE TABLE saved_search_matches (
    search_id INTEGER NOT NULL REFERENCES saved_searches (id) ON DELETE CASCADE,
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    matched_at TEXT NOT NULL,
    mail_id INTEGER, -- the alert that tells of it, in transactional_mail or deleted since; 0: not known; NULL: none yet
    PRIMARY KEY (search_id, review_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_search_matches_by_review ON saved_search_matches (review_id);
CREATE INDEX saved_search_matches_by_mail ON saved_search_matches (mail_id);

-- News that no saved search was asked about yet.
CREATE TABLE unmatched_news (review_id INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE) STRICT;

-- Keyed hashes of addresses that are not to be imported again.
CREATE TABLE suppressions (
    address_hash TEXT PRIMARY KEY,
    reason {_one_of("reason", SuppressionReason)},
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was held of an erased person, encrypted by a key that only their address gives; deleted after a day.
CREATE TABLE erasure_seals (
    address_hash TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One issue, or one correction, for one subscriber, from the queue to its receipt.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    period TEXT NOT NULL, -- of the issue; of a correction: the run of its mailing
    subscriber_id INTEGER REFERENCES subscribers (id), -- NULL: erased since
    token TEXT NOT NULL COLLATE NOCASE UNIQUE, -- in its return path and Message-ID
    edition {_one_of("edition", Edition)},
    state {_one_of("state", DeliveryState)},
    via {_one_of("via", DeliveredBy)} DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    send_started {_flag("send_started")} DEFAULT 0, -- its bytes may have left: without a receipt it is unknown
    claimed_boot_id TEXT NOT NULL DEFAULT '', -- the machine's run whose sender took it
    due_at TEXT NOT NULL,
    first_tried_at TEXT,
    changed_at TEXT NOT NULL,
    reply TEXT NOT NULL DEFAULT '', -- the server's
    UNIQUE (period, subscriber_id)
) STRICT;
CREATE INDEX deliveries_queued ON deliveries (period, due_at) WHERE state = 'queued';
CREATE INDEX deliveries_put_off ON deliveries (period, due_at) WHERE state = 'queued' AND attempts = 0 AND reply <> '';
CREATE INDEX deliveries_by_state ON deliveries (period, state, changed_at);
CREATE INDEX deliveries_written ON deliveries (period, state) WHERE via = 'outbox';
CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber_id);

-- How many deliveries of an issue are in which state, and by which way they went; kept by triggers.
CREATE TABLE delivery_tallies (
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    via TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (period, state, via)
) STRICT, WITHOUT ROWID;

-- How many deliveries of an old issue, or correction, ended how, in place of its deliveries.
CREATE TABLE delivery_counts (
    period TEXT NOT NULL, -- as in deliveries
    state {_one_of("state", DeliveryState)},
    count INTEGER NOT NULL,
    changed_at TEXT NOT NULL, -- of the last of them
    PRIMARY KEY (period, state)
) STRICT, WITHOUT ROWID;

-- Confirmations and alerts, from the queue to the receipt. A number is never used again.
CREATE TABLE transactional_mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind {_one_of("kind", TransactionalKind)},
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    state {_one_of("state", DeliveryState)},
    requested_at TEXT NOT NULL,
    due_at TEXT NOT NULL, -- while it is being sent: until then
    attempts INTEGER NOT NULL DEFAULT 0,
    reply TEXT NOT NULL DEFAULT '',
    token TEXT NOT NULL COLLATE NOCASE DEFAULT '', -- in an alert's return path and Message-ID
    details TEXT NOT NULL DEFAULT '' -- search: the search, JSON; address, moved: the address that it goes to
) STRICT;
CREATE INDEX transactional_mail_by_state ON transactional_mail (state, due_at);
CREATE UNIQUE INDEX transactional_mail_by_token ON transactional_mail (token) WHERE token <> '';
CREATE INDEX transactional_mail_by_subscriber ON transactional_mail (subscriber_id);

-- A question: many readers of one issue were refused; is it them or us? Nothing of any of them.
CREATE TABLE bounce_holds (
    id INTEGER PRIMARY KEY,
    period TEXT NOT NULL, -- of the issue
    domain TEXT NOT NULL, -- whose readers were refused in the same words; empty: readers of the whole issue
    signature TEXT NOT NULL, -- of these words; empty: whatever the words
    words TEXT NOT NULL, -- the server's, of one of them
    opened_at TEXT NOT NULL,
    answer TEXT CHECK (answer IN {members(BounceAnswer)}), -- NULL: none yet
    answered_at TEXT,
    UNIQUE (period, domain, signature)
) STRICT;

CREATE TABLE bounces (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    period TEXT NOT NULL, -- of the issue; empty: a complaint that names none
    kind {_one_of("kind", BounceKind)},
    at TEXT NOT NULL,
    diagnostic TEXT NOT NULL, -- the server's words
    fingerprint TEXT NOT NULL UNIQUE, -- of the message, so that it counts once
    domain TEXT NOT NULL DEFAULT '', -- of the mailbox
    signature TEXT NOT NULL DEFAULT '', -- the same for words that differ only in whom they name
    source {_one_of("source", BounceSource)} DEFAULT 'returned',
    standing {_one_of("standing", BounceStanding)} DEFAULT 'counted',
    ended {_one_of("ended", PriorStatus)} DEFAULT '', -- the status that it ended; empty: none
    hold_id INTEGER REFERENCES bounce_holds (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX bounces_by_subscriber ON bounces (subscriber_id, at);
CREATE INDEX bounces_by_issue ON bounces (period, domain, signature, standing, kind, ended);
CREATE INDEX bounces_held ON bounces (hold_id) WHERE standing = 'held';

-- What mail providers reported, so that each event counts once; kept for days. It names nobody.
CREATE TABLE provider_events (
    provider {_one_of("provider", HookName)},
    digest TEXT NOT NULL,
    kind {_one_of("kind", ProviderEventMark)},
    at TEXT NOT NULL, -- when it was taken
    PRIMARY KEY (provider, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_events_by_kind ON provider_events (provider, kind, at);

-- Topics of Amazon SNS that ask whether their notices may come, until the operator says yes.
CREATE TABLE topic_confirmations (
    topic TEXT PRIMARY KEY,
    url TEXT NOT NULL, -- whoever opens it says yes
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What servers wrote that nobody has understood, one a message, deleted after some time.
CREATE TABLE unknown_refusals (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE, -- of the delivery or the message, so that it counts once
    phrase TEXT NOT NULL, -- its words without codes, addresses, hosts and numbers
    words TEXT NOT NULL, -- as they were, without addresses and tokens
    at TEXT NOT NULL
) STRICT;
CREATE INDEX unknown_refusals_by_phrase ON unknown_refusals (phrase, at);

-- What the operator says that such words mean.
CREATE TABLE refusal_labels (
    phrase TEXT PRIMARY KEY, -- found in a refusal's own phrase
    meaning {_one_of("meaning", RefusalMeaning)},
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each mail folder that bounces are read from is read.
CREATE TABLE mailbox_positions (
    mailbox TEXT PRIMARY KEY, -- log-in, host and folder
    uid_validity INTEGER NOT NULL, -- IMAP's: another one, and all its UIDs are others
    last_uid INTEGER NOT NULL,
    refused_uids TEXT NOT NULL -- JSON: numbers, of messages that the server did not hand over
) STRICT, WITHOUT ROWID;

-- Readers who asked by mail to leave, without the token that proves who asks.
CREATE TABLE leave_requests (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    received_at TEXT NOT NULL,
    message_hash TEXT NOT NULL UNIQUE, -- so that a message read again asks once
    answered_at TEXT -- NULL: open
) STRICT;
CREATE INDEX leave_requests_by_subscriber ON leave_requests (subscriber_id);
CREATE INDEX leave_requests_open ON leave_requests (id) WHERE answered_at IS NULL;

-- Counted against the caps on sign-ups, and deleted after a day.
CREATE TABLE signup_attempts (
    id INTEGER PRIMARY KEY,
    kind {_one_of("kind", AttemptKind)},
    keyed_hash TEXT NOT NULL, -- of the address or the network
    at TEXT NOT NULL
) STRICT;
CREATE INDEX signup_attempts_by_hash ON signup_attempts (kind, keyed_hash, at);
CREATE INDEX signup_attempts_by_time ON signup_attempts (at);

CREATE TABLE send_rate (
    name TEXT PRIMARY KEY,
    last_sent_at REAL NOT NULL -- Unix time, seconds
) STRICT, WITHOUT ROWID;
"""

OPERATOR = f"""
-- Keys that must outlive a move to another machine, and the identifier of the list.
CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- When each job of the scheduler was last done.
CREATE TABLE job_log (job TEXT PRIMARY KEY, at TEXT NOT NULL, details TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The jobs that fail, until they work again.
CREATE TABLE job_failures (
    job TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    reason TEXT NOT NULL,
    tried_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- That a person rang or looked up the support lines.
CREATE TABLE support_checks (
    id INTEGER PRIMARY KEY,
    checked_on TEXT NOT NULL, -- the day, of the installation's zone
    who TEXT NOT NULL,
    lines TEXT NOT NULL -- as they were then
) STRICT;

-- What the operator was told, once.
CREATE TABLE alerts_sent (key TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_sent_by_time ON alerts_sent (at);

-- A message to one operator that others have already, until they have it too.
CREATE TABLE waiting_notices (
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL,
    name TEXT NOT NULL, -- of its file, should it go to the outbox
    message BLOB NOT NULL,
    asked_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL
) STRICT;
CREATE INDEX waiting_notices_by_due ON waiting_notices (due_at);

-- Who did what: on the operators' pages, and by commands.
CREATE TABLE audit_trail (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL
) STRICT;
CREATE INDEX audit_trail_by_time ON audit_trail (at);

-- Who may come to the operations pages.
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT NOT NULL,
    role {_one_of("role", Role)},
    password_hash TEXT, -- scrypt; NULL: none chosen
    totp_secret TEXT, -- encrypted by the key in data_dir/second-factor.key; NULL: no second factor
    totp_last_step INTEGER, -- of the last code that was taken: each is good once
    oidc_issuer TEXT, -- who vouches for the person, and
    oidc_subject TEXT, -- their number there; NULL: nobody does
    told TEXT NOT NULL DEFAULT '[]', -- JSON: words, of what they are told by email
    invited_at TEXT NOT NULL,
    activated_at TEXT, -- NULL: they have not taken the invitation yet
    closed_at TEXT, -- NULL: it is open
    UNIQUE (oidc_issuer, oidc_subject)
) STRICT;

-- A log-in, known by the token that its cookie holds.
CREATE TABLE account_sessions (
    id INTEGER PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE, -- SHA-256
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE, -- NULL: by the shared password
    shared_name TEXT NOT NULL DEFAULT '', -- what they called themselves who know that password
    shared_digest TEXT NOT NULL DEFAULT '', -- of the hash of that password: another one ends it
    client TEXT NOT NULL, -- for a person: browser and network
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL, -- the last request, to about a minute
    ended_at TEXT -- NULL: it goes on until it is idle for too long
) STRICT;
CREATE INDEX account_sessions_by_account ON account_sessions (account_id, seen_at);

-- A link by which a person takes an account, or a new password: good once.
CREATE TABLE account_invitations (
    token_hash TEXT PRIMARY KEY, -- SHA-256
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    made_at TEXT NOT NULL,
    used_at TEXT -- NULL: not yet
) STRICT, WITHOUT ROWID;

-- Codes in place of a second factor that is lost: each is good once, and goes with its use.
CREATE TABLE account_recovery_codes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL, -- SHA-256
    PRIMARY KEY (account_id, code_hash)
) STRICT, WITHOUT ROWID;

-- Where the database is at home: one row.
CREATE TABLE home (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    place_digest TEXT NOT NULL, -- of the machine and the folder
    since TEXT NOT NULL,
    away_since TEXT -- it has woken elsewhere then, and mails nobody until a person says that it has moved
) STRICT;

-- What readers say is wrong with a review, until the operator has it.
CREATE TABLE error_reports (
    id INTEGER PRIMARY KEY,
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    words TEXT NOT NULL,
    reply_to TEXT NOT NULL -- empty: they want no answer
) STRICT;
CREATE INDEX error_reports_by_review ON error_reports (review_id);

-- In a backup alone: one row, when it was made.
CREATE TABLE backup_stamp (id INTEGER PRIMARY KEY CHECK (id = 1), made_at TEXT NOT NULL) STRICT;
"""

TOKENIZER = "porter unicode61 remove_diacritics 2"
INDEXED_COLUMNS = "title, summary, sections, keywords, other, facets"

SEARCH = f"""
CREATE VIRTUAL TABLE reviews_fts USING fts5 (
    title, summary, sections, keywords, other,
    facets, -- zf and the number of each facet, zwithdrawn: so one query finds, narrows and ranks
    content = 'indexed_words', content_rowid = 'review_id', -- it holds no copy of the words
    tokenize = '{TOKENIZER}'
);

-- What reviews have in common: a topic, a year, a nation.
CREATE TABLE facets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    value TEXT NOT NULL, -- as it stands in addresses
    label TEXT NOT NULL, -- as people read it
    UNIQUE (name, value)
) STRICT;

CREATE TABLE review_facets (
    facet_id INTEGER NOT NULL REFERENCES facets (id),
    review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    PRIMARY KEY (facet_id, review_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_facets_by_review ON review_facets (review_id, facet_id);

CREATE TABLE review_sort_keys (
    review_id INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE,
    publisher_key TEXT NOT NULL,
    listed {_flag("listed")}, -- not withdrawn
    newest_key TEXT NOT NULL -- news by the day it was first seen, then the rest by year
) STRICT;
CREATE INDEX review_sort_keys_by_publisher ON review_sort_keys (publisher_key, review_id);
CREATE INDEX review_sort_keys_by_newest ON review_sort_keys (newest_key DESC, publisher_key, review_id);

-- What is held in memory or in a reader's browser is good for as long as its counter stands.
CREATE TABLE change_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO change_counters (name, value) VALUES ('reviews', 0), ('facet rules', 0);

-- The reviews whose facets or sort keys changed last, in order: what is held of them in memory is read anew.
CREATE TABLE facet_changes (id INTEGER PRIMARY KEY, review_id INTEGER NOT NULL) STRICT;

-- Where each review stands in lists, whether or not it is indexed.
CREATE VIEW review_places AS SELECT id AS review_id, status <> 'withdrawn' AS listed,
    printf('%s|%04d-%02d', CASE baseline WHEN 0 THEN substr(first_seen, 1, 10) ELSE '0' END,
        COALESCE(year, 0), COALESCE(month, 0)) AS newest_key
FROM reviews;

-- The words by which a review with wording fixes is found, where they are not its collection's.
CREATE TABLE fixed_words (
    review_id INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    sections TEXT NOT NULL
) STRICT;

-- What the index holds of each review that it holds, word for word: nothing of it changes while it is there.
CREATE VIEW indexed_words AS SELECT k.review_id,
    COALESCE(f.title, r.title) AS title,
    COALESCE(f.summary, r.summary) AS summary,
    COALESCE(f.sections, (
        SELECT group_concat(label || ': ' || text, char(10))
        FROM (SELECT * FROM sections WHERE review_id = k.review_id ORDER BY position)), '') AS sections,
    COALESCE((
        SELECT group_concat(text, ', ')
        FROM (SELECT * FROM keywords WHERE review_id = k.review_id ORDER BY position)), '') AS keywords,
    COALESCE(NULLIF(r.year, 0) || ' ', '') || COALESCE(r.nation || ' ', '') || COALESCE(r.kind || ' ', '')
    || r.catalogue || ' ' || r.source AS other,
    COALESCE((SELECT group_concat('zf' || facet_id, ' ') FROM review_facets WHERE review_id = k.review_id), '')
    || CASE k.listed WHEN 0 THEN ' zwithdrawn' ELSE '' END AS facets
FROM review_sort_keys AS k JOIN reviews AS r ON r.id = k.review_id LEFT JOIN fixed_words AS f ON f.review_id = r.id;
"""

NOTED_CHANGES = 50_000  # rows of facet_changes that are kept: who is further behind reads all facets anew
_NOTE = "INSERT INTO facet_changes (review_id) VALUES ({}.review_id)"
_COUNT = "UPDATE change_counters SET value = value + 1 WHERE name = '{}'"


def _tally_triggers(table: str, tallies: str, columns: str) -> tuple[str, ...]:
    """The triggers that keep how many rows of a table have which values."""
    names = columns.split(", ")
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("old", "new"))
    add = f"""
        INSERT INTO {tallies} ({columns}, count) VALUES ({new}, 1)
        ON CONFLICT ({columns}) DO UPDATE SET count = count + 1"""
    take = f"UPDATE {tallies} SET count = count - 1 WHERE ({columns}) = ({old})"
    return (
        f"CREATE TRIGGER {tallies}_inserted AFTER INSERT ON {table} BEGIN {add}; END",
        f"""
        CREATE TRIGGER {tallies}_updated AFTER UPDATE OF {columns} ON {table} WHEN ({old}) <> ({new})
        BEGIN {take}; {add}; END
        """,
        f"CREATE TRIGGER {tallies}_deleted AFTER DELETE ON {table} BEGIN {take}; END",
    )


_READER_CHANGE = """
    INSERT INTO reader_changes (month, change, count) VALUES (substr(new.status_since, 1, 7), {}, 1)
    ON CONFLICT (month, change) DO UPDATE SET count = count + 1"""

TRIGGERS = (
    *_tally_triggers("subscribers", "subscriber_tallies", "status, only_when_matching"),
    *_tally_triggers("deliveries", "delivery_tallies", "period, state, via"),
    f"""
    CREATE TRIGGER subscribers_inserted AFTER INSERT ON subscribers WHEN new.status = 'active' BEGIN
        {_READER_CHANGE.format("'joined'")};
    END
    """,
    f"""
    CREATE TRIGGER subscribers_began AFTER UPDATE OF status ON subscribers
    WHEN new.status = 'active' AND old.status NOT IN ('active', 'paused') BEGIN
        {_READER_CHANGE.format("iif(old.status = 'bounced', 'returned', 'joined')")};
    END
    """,
    f"""
    CREATE TRIGGER subscribers_ended AFTER UPDATE OF status ON subscribers
    WHEN old.status IN ('active', 'paused') AND new.status NOT IN ('active', 'paused', 'pending') BEGIN
        {_READER_CHANGE.format("iif(new.status = 'unsubscribed', 'left', new.status)")};
    END
    """,
    f"CREATE TRIGGER review_sort_keys_inserted AFTER INSERT ON review_sort_keys BEGIN {_NOTE.format('new')}; END",
    f"""
    CREATE TRIGGER review_sort_keys_updated AFTER UPDATE ON review_sort_keys
    WHEN (old.listed, old.newest_key, old.publisher_key) <> (new.listed, new.newest_key, new.publisher_key)
    BEGIN {_NOTE.format("new")}; END
    """,
    f"CREATE TRIGGER review_sort_keys_deleted AFTER DELETE ON review_sort_keys BEGIN {_NOTE.format('old')}; END",
    f"""
    CREATE TRIGGER facet_changes_trimmed AFTER INSERT ON facet_changes WHEN new.id % 1000 = 0
    BEGIN DELETE FROM facet_changes WHERE id <= new.id - {NOTED_CHANGES}; END
    """,
    # The index forgets a review by its words of before, and learns it by those of after.
    """
    CREATE TRIGGER review_sort_keys_relisting BEFORE UPDATE OF listed ON review_sort_keys
    WHEN old.listed <> new.listed BEGIN
        DELETE FROM reviews_fts WHERE rowid = old.review_id;
    END
    """,
    f"""
    CREATE TRIGGER review_sort_keys_relisted AFTER UPDATE OF listed ON review_sort_keys
    WHEN old.listed <> new.listed BEGIN
        INSERT INTO reviews_fts (rowid, {INDEXED_COLUMNS})
        SELECT review_id, {INDEXED_COLUMNS} FROM indexed_words WHERE review_id = new.review_id;
    END
    """,
    """
    CREATE TRIGGER reviews_sort_key_fields_updated
    AFTER UPDATE OF status, first_seen, baseline, year, month ON reviews BEGIN
        UPDATE review_sort_keys
        SET (listed, newest_key) = (SELECT listed, newest_key FROM review_places WHERE review_id = new.id)
        WHERE review_id = new.id;
    END
    """,
    *(
        f"CREATE TRIGGER {table}_{event}_counted AFTER {event} ON {table} BEGIN {_COUNT.format('reviews')}; END"
        for table in ("reviews", "links", "wording_fixes", "issue_reviews", "issues")
        for event in ("insert", "update", "delete")
    ),
)

SCHEMA = "\n".join((COLLECTION, MAIL, OPERATOR, SEARCH))


def statements() -> list[str]:
    """The statements that make a database, in order, each with the comments before and in it."""
    return [part.strip() for part in SCHEMA.split(";\n") if part.strip()] + [part.strip() for part in TRIGGERS]
