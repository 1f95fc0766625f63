"""Tables of the collection: sources, pages, reviews with their parts, links, takedowns, crawls."""

from core.states import (
    LinkState,
    Nation,
    ReviewEventKind,
    ReviewStatus,
    SectionKind,
    SourceHealth,
    TakedownAnswer,
    members,
)
from db.schema.column_checks import flag, one_of

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
    accepted {flag("accepted")}, -- neither failed, quarantined nor broken off
    pages INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    new INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    not_modified INTEGER NOT NULL,
    quarantined INTEGER NOT NULL, -- pages
    failed {flag("failed")}, -- the address could not be read at all
    problems TEXT NOT NULL, -- JSON: words
    bytes INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    seconds REAL NOT NULL,
    baseline {flag("baseline")} DEFAULT 0, -- what was new was known from then on, and no news
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
    status {one_of("status", ReviewStatus)},
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL, -- a good read showed it; while it is shown, its source's last good read
    baseline {flag("baseline")}, -- there at the source's first read, so never news
    report_pages INTEGER, -- of its first report that opens and whose pages are known; triggers keep it
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
    kind {one_of("kind", SectionKind)},
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
    state {one_of("state", LinkState)}, -- this and the rest as in link_checks
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
    state {one_of("state", LinkState)} DEFAULT 'unchecked',
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
    inconclusive {flag("inconclusive")} DEFAULT 0, -- look again tomorrow
    had_document {flag("had_document")} DEFAULT 0, -- whether a document was ever seen there
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
    no_longer_covered {flag("no_longer_covered")} DEFAULT 0, -- neither missing nor shown
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
    kind {one_of("kind", ReviewEventKind)},
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
    previous_status {one_of("previous_status", ReviewStatus)} -- what a lift gives back
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
    state {one_of("state", SourceHealth)},
    since TEXT NOT NULL,
    details TEXT NOT NULL,
    operator_notified {flag("operator_notified")}
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
    doubted {flag("doubted")} DEFAULT 0 -- it has ended and was not believed
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
