"""Tables of the operator: secrets, jobs, accounts, audit trail."""

from core.states import Role
from db.schema.column_checks import one_of

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
    role {one_of("role", Role)},
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
