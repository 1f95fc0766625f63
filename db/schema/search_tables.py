"""Tables of search: full-text index, facets, sort keys, with the triggers that keep them up to date."""

from db.schema.column_checks import flag

TOKENIZER = "porter unicode61 remove_diacritics 2"
INDEXED_COLUMNS = "title, summary, sections, keywords, other, facets"
INDEXED_FACETS = "facets || CASE listed WHEN 0 THEN ' zwithdrawn' ELSE '' END"  # of a row of review_sort_keys

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
    listed {flag("listed")}, -- not withdrawn
    newest_key TEXT NOT NULL, -- news by the day it was first seen, then the rest by year
    facets TEXT NOT NULL -- its rows of review_facets, as the text index has them: "zf3 zf17"
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

-- What is made of each review's words when it is indexed: nothing of it changes while it is.
CREATE TABLE indexed_texts (
    review_id INTEGER PRIMARY KEY REFERENCES reviews (id) ON DELETE CASCADE,
    publisher TEXT, -- NULL: its collection's own, where no wording is fixed
    name TEXT, -- likewise, as the next two
    title TEXT,
    summary TEXT,
    sections TEXT NOT NULL,
    keywords TEXT NOT NULL,
    facets TEXT NOT NULL, -- "zf3 zf17", and zwithdrawn of one that is
    glance TEXT NOT NULL -- for lists: "Baby, 7 weeks · head injury · England – hidden fathers"
) STRICT;

-- What the index holds of each review that it holds, word for word.
CREATE VIEW indexed_words AS SELECT t.review_id,
    COALESCE(t.title, r.title) AS title,
    COALESCE(t.summary, r.summary) AS summary,
    t.sections,
    t.keywords,
    COALESCE(NULLIF(r.year, 0) || ' ', '') || COALESCE(r.nation || ' ', '') || COALESCE(r.kind || ' ', '')
    || r.catalogue || ' ' || r.source AS other,
    t.facets
FROM indexed_texts AS t JOIN reviews AS r ON r.id = t.review_id;
"""

NOTED_CHANGES = 50_000  # rows of facet_changes that are kept: who is further behind reads all facets anew
_NOTE = "INSERT INTO facet_changes (review_id) VALUES ({}.review_id)"
_COUNT = "UPDATE change_counters SET value = value + 1 WHERE name = '{}'"
_REPORT_PAGES = """
    UPDATE reviews SET report_pages = (
        SELECT pages FROM links WHERE review_id = reviews.id AND pages > 0 AND state NOT IN ('dead', 'none')
        ORDER BY position LIMIT 1
    ) WHERE id = {}.review_id
"""

SEARCH_TRIGGERS = (
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
        UPDATE indexed_texts SET facets = (
            SELECT {INDEXED_FACETS} FROM review_sort_keys WHERE review_id = new.review_id
        ) WHERE review_id = new.review_id;
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
        f"""
        CREATE TRIGGER links_{event}_report_pages AFTER {event} ON links WHEN {known}
        BEGIN {_REPORT_PAGES.format(row)}; END
        """
        for event, row, known in (
            ("insert", "new", "new.pages > 0"),
            ("update", "new", "old.pages > 0 OR new.pages > 0"),
            ("delete", "old", "old.pages > 0"),
        )
    ),
    *(
        f"CREATE TRIGGER {table}_{event}_counted AFTER {event} ON {table} BEGIN {_COUNT.format('reviews')}; END"
        for table in ("reviews", "links", "wording_fixes", "issue_reviews", "issues")
        for event in ("insert", "update", "delete")
        if (table, event) != ("links", "insert")  # they are written with their review, which counts
    ),
)
