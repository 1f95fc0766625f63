"""Schema migrations: small named steps in order, never edited once released."""

from sqlite_utils import Database, Migrations

migrations = Migrations("casereviews")


@migrations()
def m001_collection(db: Database) -> None:
    """Reviews and what we know of where they came from."""
    for statement in """
    CREATE TABLE sources (
        name TEXT NOT NULL, url TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL, sha256 TEXT NOT NULL,
        grammar INTEGER NOT NULL, read_at TEXT, baseline_at TEXT, not_before TEXT,
        PRIMARY KEY (name, url)
    );
    CREATE TABLE robots (
        origin TEXT PRIMARY KEY, status INTEGER NOT NULL, body TEXT NOT NULL, fetched_at TEXT NOT NULL
    );
    CREATE TABLE pages (
        id INTEGER PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, final_url TEXT NOT NULL,
        fetched_at TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL, sha256 TEXT NOT NULL,
        size INTEGER NOT NULL, quarantined TEXT
    );
    CREATE INDEX pages_by_source ON pages (source, fetched_at);
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY, source TEXT NOT NULL, started_at TEXT NOT NULL, good INTEGER NOT NULL,
        pages INTEGER NOT NULL, seen INTEGER NOT NULL, new INTEGER NOT NULL, changed INTEGER NOT NULL,
        missing INTEGER NOT NULL, unchanged INTEGER NOT NULL, not_modified INTEGER NOT NULL,
        quarantined INTEGER NOT NULL, failed INTEGER NOT NULL, problems TEXT NOT NULL, bytes INTEGER NOT NULL,
        requests INTEGER NOT NULL, seconds REAL NOT NULL
    );
    CREATE INDEX runs_by_source ON runs (source, good, started_at);
    CREATE TABLE reviews (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, source TEXT NOT NULL, catalogue TEXT NOT NULL,
        fingerprint TEXT NOT NULL, heading_key TEXT NOT NULL, year INTEGER, month INTEGER, publisher TEXT NOT NULL,
        name TEXT NOT NULL, title TEXT NOT NULL, heading TEXT NOT NULL, summary TEXT NOT NULL, raw TEXT NOT NULL,
        nation TEXT, kind TEXT, status TEXT NOT NULL CHECK (status IN ('current', 'missing', 'withdrawn')),
        first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, baseline INTEGER NOT NULL, version INTEGER NOT NULL
    );
    CREATE INDEX reviews_by_catalogue ON reviews (catalogue) WHERE catalogue <> '';
    CREATE INDEX reviews_by_fingerprint ON reviews (fingerprint);
    CREATE INDEX reviews_by_heading ON reviews (heading_key);
    CREATE INDEX reviews_by_day ON reviews (first_seen);
    CREATE INDEX reviews_that_are_news ON reviews (first_seen) WHERE baseline = 0;
    CREATE TABLE sections (
        review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE, position INTEGER NOT NULL,
        kind TEXT NOT NULL, label TEXT NOT NULL, text TEXT NOT NULL, items TEXT NOT NULL,
        PRIMARY KEY (review_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE keywords (
        review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE, position INTEGER NOT NULL,
        text TEXT NOT NULL, normal TEXT NOT NULL,
        PRIMARY KEY (review_id, position)
    ) WITHOUT ROWID;
    CREATE INDEX keywords_by_word ON keywords (normal);
    CREATE TABLE links (
        review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE, position INTEGER NOT NULL,
        text TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL, media TEXT NOT NULL, size INTEGER, pages INTEGER,
        PRIMARY KEY (review_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE sightings (
        review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE, source TEXT NOT NULL,
        print TEXT NOT NULL, first_seen TEXT NOT NULL, missing_since TEXT, ended INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (review_id, source)
    ) WITHOUT ROWID;
    CREATE INDEX sightings_by_source ON sightings (source, ended);
    CREATE TABLE versions (
        review_id INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE, version INTEGER NOT NULL,
        seen_at TEXT NOT NULL, changes TEXT NOT NULL,
        PRIMARY KEY (review_id, version)
    ) WITHOUT ROWID;
    CREATE INDEX versions_by_day ON versions (seen_at);
    CREATE VIRTUAL TABLE reviews_fts USING fts5 (
        title, summary, sections, keywords, other, tokenize = 'porter unicode61 remove_diacritics 2'
    );
    """.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m002_issues(db: Database) -> None:
    """The month's newsletters, what they carry and how they were edited."""
    db.execute(
        """
        CREATE TABLE issues (
            period TEXT PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('draft', 'approved', 'sending', 'sent')),
            note TEXT NOT NULL, ordering TEXT NOT NULL, skips TEXT NOT NULL, title TEXT NOT NULL, intro TEXT NOT NULL,
            hash TEXT NOT NULL, content TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL, built_at TEXT NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE carried (
            period TEXT NOT NULL REFERENCES issues (period) ON DELETE CASCADE,
            review_id INTEGER NOT NULL REFERENCES reviews (id), position INTEGER NOT NULL,
            PRIMARY KEY (period, review_id)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX carried_by_review ON carried (review_id)")


@migrations()
def m003_secrets(db: Database) -> None:
    """Keys that must outlive a move to another machine, so they travel with the file."""
    db.execute("CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)")


@migrations()
def m004_health(db: Database) -> None:
    """What happened to reviews after they were listed, takedowns, and the state each source was last in."""
    db.execute(
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY, review_id INTEGER NOT NULL REFERENCES reviews (id), kind TEXT NOT NULL,
            at TEXT NOT NULL, words TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX events_by_day ON events (kind, at)")
    db.execute("CREATE INDEX events_by_review ON events (review_id, at)")
    db.execute(
        """
        CREATE TABLE takedowns (
            review_id INTEGER PRIMARY KEY REFERENCES reviews (id), reason TEXT NOT NULL, at TEXT NOT NULL,
            status TEXT NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE source_states (
            name TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('well', 'broken', 'stale')),
            since TEXT NOT NULL, words TEXT NOT NULL, told INTEGER NOT NULL
        )
        """
    )


@migrations()
def m005_crawls(db: Database) -> None:
    """How far the crawl of a source of many pages has come: one crawl a source, its pages in the order read."""
    db.execute(
        """
        CREATE TABLE crawls (
            source TEXT PRIMARY KEY, url TEXT NOT NULL, moved_at TEXT NOT NULL, left TEXT NOT NULL,
            session INTEGER NOT NULL, second TEXT NOT NULL, gaps TEXT NOT NULL
        )
        """
    )
    db.execute(
        """
        CREATE TABLE crawl_steps (
            source TEXT NOT NULL REFERENCES crawls (source) ON DELETE CASCADE, position INTEGER NOT NULL,
            session INTEGER NOT NULL, url TEXT NOT NULL, keys TEXT NOT NULL, page_id INTEGER REFERENCES pages (id),
            PRIMARY KEY (source, position)
        ) WITHOUT ROWID
        """
    )


@migrations()
def m006_links(db: Database) -> None:
    """What is known of each address that reviews link to, and when to look at it next."""
    db.execute(
        """
        CREATE TABLE link_checks (
            url TEXT PRIMARY KEY,
            state TEXT NOT NULL DEFAULT 'unchecked' CHECK (state IN ('live', 'moved', 'dead', 'none', 'unchecked')),
            status INTEGER NOT NULL DEFAULT 0, media TEXT NOT NULL DEFAULT '', size INTEGER, pages INTEGER,
            why TEXT NOT NULL DEFAULT '', checked_at TEXT, failures INTEGER NOT NULL DEFAULT 0, first_failed_on TEXT,
            last_failed_on TEXT, unsettled INTEGER NOT NULL DEFAULT 0, due_at TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX link_checks_by_due ON link_checks (due_at, url)")
    db.execute("CREATE INDEX links_by_url ON links (url)")
    db.execute("INSERT INTO link_checks (url) SELECT DISTINCT url FROM links ORDER BY url")


@migrations()
def m007_subscribers(db: Database) -> None:
    """Who gets the newsletter, and a keyed hash of each address that was erased."""
    db.execute(
        """
        CREATE TABLE subscribers (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, email TEXT NOT NULL, mailbox TEXT NOT NULL,
            status TEXT NOT NULL
                CHECK (status IN ('pending', 'active', 'paused', 'unsubscribed', 'bounced', 'complained')),
            since TEXT NOT NULL, token TEXT NOT NULL UNIQUE, topics TEXT NOT NULL, nations TEXT NOT NULL,
            edition TEXT NOT NULL CHECK (edition IN ('full', 'short')), matching INTEGER NOT NULL,
            consent_when TEXT NOT NULL, consent_wording TEXT NOT NULL, consent_how TEXT NOT NULL, confirmed_when TEXT
        )
        """
    )
    db.execute("CREATE INDEX subscribers_by_status ON subscribers (status, since)")
    db.execute("CREATE TABLE erased (hash TEXT PRIMARY KEY, why TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID")


@migrations()
def m008_delivery(db: Database) -> None:
    """Who gets which issue, and what became of it; what the timer did; confirmations, their caps, and bounces."""
    for column in (
        "approved_hash TEXT NOT NULL DEFAULT ''",  # what a person approved
        "paused INTEGER NOT NULL DEFAULT 0",
        "drafted_at TEXT",  # when the timer made the month's draft: the hold counts from there
        "frozen_at TEXT",
        "sent_at TEXT",
    ):
        db.execute(f"ALTER TABLE issues ADD COLUMN {column}")
    for statement in """
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY, period TEXT NOT NULL REFERENCES issues (period),
        subscriber_id INTEGER REFERENCES subscribers (id), token TEXT NOT NULL COLLATE NOCASE UNIQUE,
        edition TEXT NOT NULL CHECK (edition IN ('full', 'short')),
        state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'refused', 'failed', 'unknown')),
        via TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, attempted INTEGER NOT NULL DEFAULT 0,
        claimed_by TEXT NOT NULL DEFAULT '', due_at TEXT NOT NULL, first_tried_at TEXT, changed_at TEXT NOT NULL,
        reply TEXT NOT NULL DEFAULT '',
        UNIQUE (period, subscriber_id)
    );
    CREATE INDEX deliveries_queued ON deliveries (period, due_at) WHERE state = 'queued';
    CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber_id);
    CREATE TABLE pace (name TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE post (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('confirm', 'known')),
        subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
        state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'refused', 'failed', 'unknown')),
        asked_at TEXT NOT NULL, due_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        reply TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX post_by_state ON post (state, due_at);
    CREATE INDEX post_by_subscriber ON post (subscriber_id);
    CREATE TABLE asked (id INTEGER PRIMARY KEY, who TEXT NOT NULL, at TEXT NOT NULL);
    CREATE INDEX asked_by_whom ON asked (who, at);
    CREATE INDEX asked_by_day ON asked (at);
    CREATE TABLE bounces (
        id INTEGER PRIMARY KEY, subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
        period TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'spam', 'complaint')),
        at TEXT NOT NULL, words TEXT NOT NULL, print TEXT NOT NULL UNIQUE
    );
    CREATE INDEX bounces_by_subscriber ON bounces (subscriber_id, at);
    CREATE TABLE chores (
        task TEXT NOT NULL, slot TEXT NOT NULL, at TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (task, slot)
    ) WITHOUT ROWID
    """.split(";\n"):
        db.execute(statement)


@migrations()
def m009_web(db: Database) -> None:
    """Who did what on the operator's pages, and corrections of issues that were sent."""
    for statement in """
    CREATE TABLE audit (id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL);
    CREATE INDEX audit_by_day ON audit (at);
    CREATE TABLE corrections (
        id INTEGER PRIMARY KEY, period TEXT NOT NULL REFERENCES issues (period), at TEXT NOT NULL, words TEXT NOT NULL
    );
    CREATE INDEX corrections_by_issue ON corrections (period, at)
    """.split(";\n"):
        db.execute(statement)


@migrations()
def m010_search(db: Database) -> None:
    """What reviews can be narrowed and sorted by, and counters that say when a page may have changed.

    Each review has a card. What it can be narrowed by stands as a word in the search index too ("zf12"), so that
    one query finds, narrows and ranks. The words are filled in by `db.collection.reviews.reindex`.
    """
    for statement in (
        "ALTER TABLE reviews_fts RENAME TO reviews_fts_before",
        """
        CREATE VIRTUAL TABLE reviews_fts USING fts5 (
            title, summary, sections, keywords, other, facets, tokenize = 'porter unicode61 remove_diacritics 2'
        )
        """,
        """
        INSERT INTO reviews_fts (rowid, title, summary, sections, keywords, other, facets)
        SELECT rowid, title, summary, sections, keywords, other, '' FROM reviews_fts_before ORDER BY rowid
        """,
        "DROP TABLE reviews_fts_before",
        """
        CREATE TABLE facets (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL, UNIQUE (name, value)
        )
        """,
        """
        CREATE TABLE shelved (
            facet_id INTEGER NOT NULL REFERENCES facets (id), review_id INTEGER NOT NULL,
            PRIMARY KEY (facet_id, review_id)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX shelved_by_review ON shelved (review_id, facet_id)",
        """
        CREATE TABLE cards (
            review_id INTEGER PRIMARY KEY REFERENCES reviews (id), place TEXT NOT NULL,
            listed INTEGER NOT NULL DEFAULT 1, newest TEXT NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX cards_by_place ON cards (place, review_id)",
        "CREATE INDEX cards_by_news ON cards (newest DESC, place, review_id)",
        "CREATE INDEX events_by_time ON events (at)",
        "CREATE TABLE marks (name TEXT PRIMARY KEY, mark INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO marks (name, mark) VALUES ('cards', 0), ('reviews', 0), ('rules', 0)",
        """
        CREATE VIEW card_words AS SELECT review_id,
            COALESCE((SELECT group_concat('zf' || facet_id, ' ') FROM shelved WHERE review_id = cards.review_id), '')
            || CASE listed WHEN 0 THEN ' zwithdrawn' ELSE '' END AS words
        FROM cards
        """,
        f"CREATE TRIGGER cards_made AFTER INSERT ON cards BEGIN {CARD}; {TURN.format('cards')}; END",
        f"CREATE TRIGGER cards_changed AFTER UPDATE ON cards BEGIN {TURN.format('cards')}; END",
        f"CREATE TRIGGER cards_gone AFTER DELETE ON cards BEGIN {TURN.format('cards')}; END",
        """
        CREATE TRIGGER cards_listed AFTER UPDATE OF listed ON cards WHEN old.listed <> new.listed BEGIN
            UPDATE reviews_fts SET facets = (SELECT words FROM card_words WHERE review_id = new.review_id)
            WHERE rowid = new.review_id;
        END
        """,
        f"""
        CREATE TRIGGER reviews_moved AFTER UPDATE OF status, first_seen, baseline, year, month ON reviews BEGIN
            {CARD.replace("new.review_id", "new.id")};
        END
        """,
        *(
            f"CREATE TRIGGER {table}_{event}_turned AFTER {event} ON {table} BEGIN {TURN.format('reviews')}; END"
            for table in ("reviews", "links", "carried", "issues")
            for event in ("insert", "update", "delete")
        ),
    ):
        db.execute(statement)
    if not db.execute("SELECT 1 FROM reviews LIMIT 1").fetchone():
        from db.read.facets import mark_up_to_date  # it asks db.schema.connect, which asks this module

        mark_up_to_date(db)


TURN = "UPDATE marks SET mark = mark + 1 WHERE name = '{}'"
CARD = """
    UPDATE cards SET (listed, newest) = (
        SELECT status <> 'withdrawn',
            printf('%s|%04d-%02d', CASE baseline WHEN 0 THEN substr(first_seen, 1, 10) ELSE '0' END,
                COALESCE(year, 0), COALESCE(month, 0))
        FROM reviews WHERE id = new.review_id
    ) WHERE review_id = new.review_id
"""  # news first, by the day it was first seen; then what was always there, by the year of publication


MIGRATION_NAMES = {migration.name for migration in migrations._migrations}  # there is no public list of them
