"""Subscriber CSV export format: every reader with their record of consent, a row each; pure."""

from core.json_views import subscriber_json
from core.records import Subscriber

EXPORT_COLUMNS = (
    *("email", "status", "since", "topics", "nations", "edition", "only_matching", "rest_of_issue"),
    *("consent_when", "consent_wording", "consent_how", "confirmed_when"),
)


def export_cells(subscriber: Subscriber) -> list[str]:
    """One reader's cells, a column each; not made safe for spreadsheets yet."""
    row, matching = subscriber_json(subscriber), "yes" if subscriber.matching else ""
    own = (row["email"], row["status"], row["since"], "; ".join(row["topics"]), "; ".join(row["nations"]))
    return [str(value or "") for value in (*own, row["edition"], matching, subscriber.rest, *row["consent"].values())]
