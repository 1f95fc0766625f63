"""Tables of mail: subscribers, deliveries, bounces, with the triggers that count them."""

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
    PriorStatus,
    ProviderEventMark,
    ReaderChange,
    RefusalMeaning,
    RestOfIssue,
    SubscriberStatus,
    SuppressionReason,
    TransactionalKind,
    members,
)
from db.schema.column_checks import flag, one_of

MAIL = f"""
CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- the same for every way of writing the mailbox
    email TEXT NOT NULL, -- as given
    mailbox TEXT NOT NULL, -- as it goes on the envelope
    status {one_of("status", SubscriberStatus)},
    status_since TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE, -- in the links of their mail
    topics TEXT NOT NULL, -- JSON; none: all
    nations TEXT NOT NULL, -- JSON; none: all
    edition {one_of("edition", Edition)},
    only_when_matching {flag("only_when_matching")}, -- no mail in a month without a match
    rest {one_of("rest", RestOfIssue)}, -- what they get of the reviews that do not match
    consent_at TEXT NOT NULL,
    consent_wording TEXT NOT NULL,
    consent_channel {one_of("consent_channel", ConsentOrigin)},
    confirmed_at TEXT,
    wishes_since TEXT -- when they last changed what they get; NULL: never
) STRICT;
CREATE INDEX subscribers_by_status ON subscribers (status, status_since);
CREATE INDEX subscribers_in_status ON subscribers (status);
CREATE INDEX subscribers_only_matching ON subscribers (status, only_when_matching, topics, nations)
    WHERE status = 'active' AND only_when_matching = 1;
CREATE INDEX subscribers_by_domain ON subscribers (substr(mailbox, instr(mailbox, '@') + 1));
CREATE INDEX subscribers_by_domain_and_status ON subscribers (substr(mailbox, instr(mailbox, '@') + 1), status)
    WHERE status <> 'active';

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
    change {one_of("change", ReaderChange)},
    count INTEGER NOT NULL,
    PRIMARY KEY (month, change)
) STRICT, WITHOUT ROWID;

-- Searches that readers want to hear of.
CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    words TEXT NOT NULL,
    filters TEXT NOT NULL, -- JSON: pairs of a facet's name and value
    cadence {one_of("cadence", AlertCadence)},
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
CREATE INDEX saved_search_matches_by_mail ON saved_search_matches (mail_id, review_id);

-- News that no saved search was asked about yet.
CREATE TABLE unmatched_news (review_id INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE) STRICT;

-- Keyed hashes of addresses that are not to be imported again.
CREATE TABLE suppressions (
    address_hash TEXT PRIMARY KEY,
    reason {one_of("reason", SuppressionReason)},
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
    token TEXT NOT NULL COLLATE NOCASE, -- in its return path and Message-ID; looked for among those that were claimed
    edition {one_of("edition", Edition)},
    state {one_of("state", DeliveryState)},
    via {one_of("via", DeliveredBy)} DEFAULT '',
    relay TEXT NOT NULL DEFAULT '', -- that was given it last, by name; empty: none yet, or there is only one
    attempts INTEGER NOT NULL DEFAULT 0,
    send_started {flag("send_started")} DEFAULT 0, -- its bytes may have left: without a receipt it is unknown
    claimed_boot_id TEXT NOT NULL DEFAULT '', -- the machine's run whose sender took it; empty: it cannot have left
    batch TEXT NOT NULL DEFAULT '', -- in which workers were given it, until there is a receipt
    due_at TEXT NOT NULL,
    first_tried_at TEXT,
    changed_at TEXT NOT NULL,
    reply TEXT NOT NULL DEFAULT '', -- the server's
    UNIQUE (period, subscriber_id)
) STRICT;
CREATE UNIQUE INDEX deliveries_by_token ON deliveries (token) WHERE claimed_boot_id <> '';
CREATE INDEX deliveries_queued ON deliveries (period, due_at) WHERE state = 'queued';
CREATE INDEX deliveries_put_off ON deliveries (period, due_at) WHERE state = 'queued' AND attempts = 0 AND reply <> '';
CREATE INDEX deliveries_deferred ON deliveries (period, relay, due_at) WHERE state = 'queued' AND reply <> '';
CREATE INDEX deliveries_by_state ON deliveries (period, state, changed_at);
CREATE INDEX deliveries_written ON deliveries (period, state) WHERE via = 'outbox';
CREATE INDEX deliveries_by_batch ON deliveries (batch) WHERE batch <> '';
CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber_id);

-- How many deliveries of an issue are in which state, by which way and relay they went; kept by triggers.
CREATE TABLE delivery_tallies (
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    via TEXT NOT NULL,
    relay TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (period, state, via, relay)
) STRICT, WITHOUT ROWID;

-- How many deliveries of an old issue, or correction, ended how, in place of its deliveries.
CREATE TABLE delivery_counts (
    period TEXT NOT NULL, -- as in deliveries
    state {one_of("state", DeliveryState)},
    relay TEXT NOT NULL, -- as in deliveries
    count INTEGER NOT NULL,
    changed_at TEXT NOT NULL, -- of the last of them
    PRIMARY KEY (period, state, relay)
) STRICT, WITHOUT ROWID;

-- Confirmations and alerts, from the queue to the receipt. A number is never used again.
CREATE TABLE transactional_mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind {one_of("kind", TransactionalKind)},
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    state {one_of("state", DeliveryState)},
    requested_at TEXT NOT NULL,
    due_at TEXT NOT NULL, -- while it is being sent: until then
    attempts INTEGER NOT NULL DEFAULT 0,
    reply TEXT NOT NULL DEFAULT '',
    token TEXT NOT NULL COLLATE NOCASE DEFAULT '', -- in an alert's return path and Message-ID
    details TEXT NOT NULL DEFAULT '' -- search: the search, JSON; address, moved: the address that it goes to
) STRICT;
CREATE INDEX transactional_mail_by_state ON transactional_mail (state, kind = 'alert', due_at);
CREATE UNIQUE INDEX transactional_mail_by_token ON transactional_mail (token) WHERE token <> '';
CREATE INDEX transactional_mail_by_subscriber ON transactional_mail (subscriber_id);
CREATE INDEX transactional_mail_alerts ON transactional_mail (requested_at)
    WHERE kind = 'alert' AND state IN ('queued', 'sending');
CREATE INDEX transactional_mail_elsewhere ON transactional_mail (kind) WHERE kind IN ('address', 'moved');

-- How many of them are of which kind in which state; kept by triggers.
CREATE TABLE transactional_tallies (
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (kind, state)
) STRICT, WITHOUT ROWID;

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
    kind {one_of("kind", BounceKind)},
    at TEXT NOT NULL,
    diagnostic TEXT NOT NULL, -- the server's words
    fingerprint TEXT NOT NULL UNIQUE, -- of the message, so that it counts once
    domain TEXT NOT NULL DEFAULT '', -- of the mailbox
    signature TEXT NOT NULL DEFAULT '', -- the same for words that differ only in whom they name
    source {one_of("source", BounceSource)} DEFAULT 'returned',
    standing {one_of("standing", BounceStanding)} DEFAULT 'counted',
    ended {one_of("ended", PriorStatus)} DEFAULT '', -- the status that it ended; empty: none
    hold_id INTEGER REFERENCES bounce_holds (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX bounces_by_subscriber ON bounces (subscriber_id, at);
CREATE INDEX bounces_by_issue ON bounces (period, domain, signature, standing, kind, ended, hold_id);
CREATE INDEX bounces_ended ON bounces (period, kind, source, domain, ended) WHERE ended <> '';
CREATE INDEX bounces_held ON bounces (hold_id) WHERE standing = 'held';

-- Of how many readers mail of an issue came back, each counted once; kept by triggers.
CREATE TABLE bounced_readers (period TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What mail providers reported, so that each event counts once; kept for days. It names nobody.
CREATE TABLE provider_events (
    provider {one_of("provider", HookName)},
    digest TEXT NOT NULL,
    kind {one_of("kind", ProviderEventMark)},
    at TEXT NOT NULL, -- when it was taken
    PRIMARY KEY (provider, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_events_by_kind ON provider_events (provider, kind, at);

-- How many of them there are; kept by triggers: a provider may report each message of an issue.
CREATE TABLE provider_tallies (
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (provider, kind)
) STRICT, WITHOUT ROWID;

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
    meaning {one_of("meaning", RefusalMeaning)},
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each mail folder that bounces are read from is read.
CREATE TABLE mailbox_positions (
    mailbox TEXT PRIMARY KEY, -- log-in, host and folder
    uid_validity INTEGER NOT NULL, -- IMAP's: another one, and all its UIDs are others
    last_uid INTEGER NOT NULL,
    refused_uids TEXT NOT NULL -- JSON: numbers, of messages that the server did not hand over
) STRICT, WITHOUT ROWID;

-- Readers who asked by mail to leave, without the token that proves who asks. A number is never used again.
CREATE TABLE leave_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    kind {one_of("kind", AttemptKind)},
    keyed_hash TEXT NOT NULL, -- of the address or the network
    at TEXT NOT NULL
) STRICT;
CREATE INDEX signup_attempts_by_hash ON signup_attempts (kind, keyed_hash, at);
CREATE INDEX signup_attempts_by_time ON signup_attempts (at);

CREATE TABLE send_rate (
    name TEXT PRIMARY KEY, -- mail: of the one server; relay NAME: of one of several
    last_sent_at REAL NOT NULL -- Unix time, seconds
) STRICT, WITHOUT ROWID;

-- How fast relays take mail, and large providers' readers by them, where they asked for a slower pace; for some hours.
CREATE TABLE relay_paces (
    relay TEXT NOT NULL, -- by name; empty: the only one
    provider TEXT NOT NULL, -- whose readers; empty: everybody by the relay
    rate REAL NOT NULL, -- messages a second, now
    resumed_rate REAL NOT NULL, -- with which the next run begins
    words TEXT NOT NULL, -- the server's, when it asked for it; of no reader
    changed_at TEXT NOT NULL,
    PRIMARY KEY (relay, provider)
) STRICT, WITHOUT ROWID;
"""


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


# A reader whose mail of an issue comes back once more is counted already.
_BOUNCED_READERS = (
    """
    CREATE TRIGGER bounced_readers_inserted AFTER INSERT ON bounces WHEN NOT EXISTS (
        SELECT 1 FROM bounces WHERE subscriber_id = new.subscriber_id AND period = new.period AND id <> new.id
    ) BEGIN
        INSERT INTO bounced_readers (period, count) VALUES (new.period, 1)
        ON CONFLICT (period) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER bounced_readers_deleted AFTER DELETE ON bounces WHEN NOT EXISTS (
        SELECT 1 FROM bounces WHERE subscriber_id = old.subscriber_id AND period = old.period
    ) BEGIN
        UPDATE bounced_readers SET count = count - 1 WHERE period = old.period;
    END
    """,
)

_READER_CHANGE = """
    INSERT INTO reader_changes (month, change, count) VALUES (substr(new.status_since, 1, 7), {}, 1)
    ON CONFLICT (month, change) DO UPDATE SET count = count + 1"""

# A delivery may end without a claim of ours: as the journal, or another copy of the database, knows.
_ENDED_UNCLAIMED = """
    CREATE TRIGGER deliveries_ended_unclaimed AFTER UPDATE OF state ON deliveries
    WHEN new.state <> 'queued' AND new.claimed_boot_id = '' BEGIN
        UPDATE deliveries SET claimed_boot_id = 'unclaimed' WHERE id = new.id;
    END
    """

MAIL_TRIGGERS = (
    _ENDED_UNCLAIMED,
    *_tally_triggers("subscribers", "subscriber_tallies", "status, only_when_matching"),
    *_tally_triggers("deliveries", "delivery_tallies", "period, state, via, relay"),
    *_tally_triggers("transactional_mail", "transactional_tallies", "kind, state"),
    *_tally_triggers("provider_events", "provider_tallies", "provider, kind"),
    *_BOUNCED_READERS,
    f"""
    CREATE TRIGGER subscribers_inserted AFTER INSERT ON subscribers
    WHEN new.status IN ('active', 'paused') BEGIN
        {_READER_CHANGE.format("'joined'")};
    END
    """,
    f"""
    CREATE TRIGGER subscribers_began AFTER UPDATE OF status ON subscribers
    WHEN new.status IN ('active', 'paused') AND old.status NOT IN ('active', 'paused') BEGIN
        {_READER_CHANGE.format("iif(old.status = 'bounced', 'returned', 'joined')")};
    END
    """,
    f"""
    CREATE TRIGGER subscribers_ended AFTER UPDATE OF status ON subscribers
    WHEN old.status IN ('active', 'paused') AND new.status NOT IN ('active', 'paused', 'pending') BEGIN
        {_READER_CHANGE.format("iif(new.status = 'unsubscribed', 'left', new.status)")};
    END
    """,
)
