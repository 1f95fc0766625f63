"""The page that every mail links to: how a reader's address is used, and who answers for it."""

import pytest

from core.config.schema import MailSettings, NewsletterSettings
from db.schema.connect import Database
from tests.support.web_site import Site, texts


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        (
            "Anglia Board <news@example.org>",
            "Case reviews is sent by Anglia Board, 1 Old Street. Write to team@",
        ),
        ("Case reviews <news@example.org>", "Case reviews is sent from 1 Old Street. Write to team@example.org"),
    ],
)
def test_it_says_who_sends_and_whom_to_write_to(db: Database, sender: str, said: str) -> None:
    mail = MailSettings(sender=sender, reply_to="The team <team@example.org>")
    site = Site(db, mail=mail, newsletter=NewsletterSettings(postal_address="1 Old Street"))

    page = texts(site.visitor().get("/privacy").text)

    assert said in page
    assert "28 days after you leave" in page and "not confirmed: 7 days" in page


def test_an_operators_own_notice_takes_its_place(db: Database) -> None:
    site = Site(db, newsletter=NewsletterSettings(privacy_url="https://example.org/privacy"))

    answer = site.visitor().get("/privacy")

    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.org/privacy")
