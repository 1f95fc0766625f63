"""The list's identifier: made once, the same under another title or host."""

import pytest

from core.config.schema import NewsletterSettings, Settings
from db.schema.connect import Database, write_transaction
from services.issues import build_issue
from services.issues.list_identity import keep_list_id, list_id


def settings(title: str = "Case reviews", base_url: str = "https://news.example.org") -> Settings:
    return Settings(base_url=base_url, newsletter=NewsletterSettings(title=title))


def kept(db: Database, own: Settings) -> str:
    with write_transaction(db):
        keep_list_id(own, db)
    return list_id(own, db)


def test_another_title_or_host_does_not_change_it(db: Database) -> None:
    assert list_id(settings("Draft title"), db) == "draft-title.news.example.org"  # nothing is kept yet
    first = kept(db, settings("Adolygiadau – ŵyl"))

    assert first == "adolygiadau-wyl.news.example.org"
    assert kept(db, settings("Another title", "https://elsewhere.example.org/reviews-of-ours")) == first
    assert kept(db, settings(base_url="http://127.0.0.1:8765")) == first
    assert build_issue.mail_wording(settings("Another title"), db).list_id == first


@pytest.mark.parametrize("local", ["http://127.0.0.1:8765", "http://localhost:8765"])
def test_one_of_a_trial_on_this_machine_is_made_anew_for_the_public_address(db: Database, local: str) -> None:
    trial = kept(db, settings("Trial", local))

    assert kept(db, settings("Another", local)) == trial
    assert kept(db, settings()) == "case-reviews.news.example.org"
