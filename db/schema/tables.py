"""Schema: every table of the database with its columns, indexes, triggers, as SQL (STRICT tables), room by room.

An instant is text like 2016-09-20T09:00:00Z, in UTC, a day like 2016-09-20: both sort as time does. A period is a month
like 2016-09. JSON is said where it is. What a state may be comes from `core.states`, so that the two agree.
"""

from db.schema.collection_tables import COLLECTION
from db.schema.issue_tables import ISSUES
from db.schema.mail_tables import MAIL, MAIL_TRIGGERS
from db.schema.operator_tables import OPERATOR
from db.schema.search_tables import SEARCH, SEARCH_TRIGGERS

SCHEMA = "\n".join((COLLECTION, ISSUES, MAIL, OPERATOR, SEARCH))
TRIGGERS = (*MAIL_TRIGGERS, *SEARCH_TRIGGERS)


def statements() -> list[str]:
    """The statements that make a database, in order, each with the comments before and in it."""
    return [part.strip() for part in SCHEMA.split(";\n") if part.strip()] + [part.strip() for part in TRIGGERS]
