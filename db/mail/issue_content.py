"""Issue content: an issue as JSON, each way."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from core.editor_records import Correction, CorrectionVersion, WordingFix
from core.records import Change, Issue, Link, Review, Section, Update
from core.states import IssueStatus
from db.schema.timestamps import to_instant, to_text


def issue_to_json(issue: Issue) -> str:
    """An issue's content as it is stored."""
    content = asdict(issue)
    for review in content["reviews"]:
        review["raw"] = ""  # the source's text stays with the review
    return json.dumps(content, default=_json_default, ensure_ascii=False)


def _json_default(value: object) -> str:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an issue")


def issue_from_json(text: str, status: IssueStatus) -> Issue:
    """An issue as its content was stored."""
    content = json.loads(text)
    content["reviews"] = tuple(map(_review_from_json, content["reviews"]))
    content["withdrawn"] = tuple(map(_review_from_json, content["withdrawn"]))
    content["updated"] = tuple(
        Update(_review_from_json(u["review"]), to_instant(u["seen_at"]), tuple(Change(**c) for c in u["changes"]))
        for u in content["updated"]
    )
    content["corrections"] = tuple(map(_correction_from_json, content.get("corrections", ())))
    content["read_collections"] = tuple(content["read_collections"])
    content["notices"] = tuple(content["notices"])
    content["last_read"] = date.fromisoformat(content["last_read"]) if content["last_read"] else None
    return Issue(**content | {"status": status})


def _correction_from_json(content: dict[str, Any]) -> Correction:
    versions = (CorrectionVersion(**one | {"at": to_instant(one["at"])}) for one in content["versions"])
    return Correction(**content | {"versions": tuple(versions)})


def _review_from_json(content: dict[str, Any]) -> Review:
    content["sections"] = tuple(Section(**s | {"items": tuple(s["items"])}) for s in content["sections"])
    content["links"] = tuple(Link(**link) for link in content["links"])
    content["keywords"] = tuple(content["keywords"])
    content["fixes"] = tuple(WordingFix(**f | {"at": to_instant(f["at"])}) for f in content.get("fixes", ()))
    for name in ("first_seen", "last_seen"):
        content[name] = to_instant(content[name]) if content[name] else None
    return Review(**content)
