"""The pages about whoever is behind the site: true to the settings, silent on what is not known."""

import logging
from pathlib import Path
from typing import Any

import pytest

from app.web.site.facts import list_facts
from app.web.site.site_pages import PAGES, draft, list_gaps, unknown_facts, write_drafts
from core.config.schema import BackupSettings, BounceSettings, MailSettings, NewsletterSettings, Settings
from core.config.site_table import SiteSettings
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
    assert 'href="https://example.org/privacy">How your address is used' in site.visitor().get("/").text


def test_every_page_leads_to_them_and_so_does_each_place_where_somebody_agrees(db: Database) -> None:
    site = Site(db)
    one = site.subscriber()
    for path in ("/", "/reviews", "/about", "/nowhere"):
        page = site.visitor().get(path).text
        assert all(f'<a href="/{name}">{words}</a>' in page for name, words in PAGES.items()), path
    for path in ("/", "/subscribe", "/saved-searches?q=sleep", f"/preferences/{one.token}"):
        main = site.visitor().get(path).text.partition("</main>")[0]
        assert '<a href="/privacy">How your address is used</a>' in main, path


@pytest.mark.parametrize("name", PAGES)
def test_a_draft_has_gaps_that_no_reader_sees_and_facts_that_there_are(db: Database, name: str) -> None:
    site = Site(db)

    page = site.visitor().get(f"/{name}")

    assert list_gaps(draft(name))
    assert unknown_facts(site.settings, draft(name)) == []
    assert page.status_code == 200
    assert "fill in" not in page.text and "{" not in texts(page.text)
    assert page.text.count("<h1>") == 1 and "<h3>" not in page.text


def test_an_operators_own_text_is_shown_as_soon_as_it_is_written(db: Database) -> None:
    site = Site(db)
    folder = site.settings.data_dir / "site"
    first = site.visitor().get("/contact")
    folder.mkdir()
    (folder / "contact.md").write_text(
        "# Write to us\n\nWe are [here](/about) <b>now</b>, {contact}.\n\n- one\n- [Fill in: two]\n\n## Empty\n\n"
        "[fill in: more]\n\n## Last\n\n{nothing} stays",
        "utf-8",
    )

    page = site.visitor().get("/contact", headers={"If-None-Match": first.headers["ETag"]})

    assert page.status_code == 200
    assert "<title>Write to us – Case reviews</title>" in page.text
    assert '<a href="https://news.example.org/about">here</a> &lt;b&gt;now&lt;/b&gt;' in page.text
    assert "<li>one</li>\n</ul>" in page.text
    assert "Empty" not in page.text and "<h2>Last</h2>" in page.text
    assert "{nothing} stays" in page.text
    assert site.visitor().get("/contact", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


def test_a_page_that_cannot_be_read_is_logged_and_the_draft_is_shown(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(db)
    (site.settings.data_dir / "site").mkdir()
    (site.settings.data_dir / "site" / "about.md").write_bytes(b"# \xff")
    caplog.set_level(logging.ERROR)

    assert "What it is not" in site.visitor().get("/about").text
    assert "a page cannot be read" in caplog.text


def test_drafts_are_written_once_and_what_is_there_is_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    (tmp_path / "data" / "site").mkdir(parents=True)
    (tmp_path / "data" / "site" / "about.md").write_text("# Ours\n")

    assert {file.stem for file in write_drafts(settings)} == set(PAGES) - {"about"}
    assert write_drafts(settings) == []
    assert (tmp_path / "data" / "site" / "about.md").read_text() == "# Ours\n"


SMTP = MailSettings(transport="smtp", live=True, host="mail.example.org")


@pytest.mark.parametrize(
    ("changes", "fact", "said"),
    [
        ({}, "mail", "No email leaves this site at present: what would be sent is written to files on its machine."),
        ({"mail": SMTP}, "mail", "Emails are handed by an encrypted connection to the mail server mail.example.org, "),
        ({"mail": SMTP.replace(security="none")}, "mail", "Emails are handed to the mail server "),
        ({"mail": SMTP.replace(provider="postmark")}, "mail", "mail.example.org, of postmark, which "),
        ({"mail": SMTP.replace(live=False)}, "mail", "a few listed addresses get any"),
        ({"mail": SMTP.replace(host="localhost")}, "mail", "a mail server on the same machine."),
        ({}, "bounces", "goes to the address that our emails come from"),
        ({"bounces": BounceSettings(imap_host="imap.example.org")}, "bounces", "from a mailbox at imap.example.org."),
        ({}, "storage", "A copy of it is made every day and kept for 14 days."),
        ({"backup": BackupSettings(keep_days=0)}, "storage", "No copies are made."),
        ({}, "contact", "Reply to any of our emails"),
        ({"operator": "Ops <ops@example.org>"}, "contact", "Write to [ops@example.org](mailto:ops@example.org)"),
        (
            {"schedule": {"issue_day": "first working day"}},
            "schedule",
            "made on the first working day of the next, at 09:00, and sent soon after.",
        ),
        ({}, "schedule", "made on the 1st of the next, at 09:00, "),
        ({"schedule": {"issue_day": 12}}, "schedule", "made on the 12th of the next, "),
        ({"site": SiteSettings(name="A *B* & <i>")}, "site", r"A \*B\* \& \<i\>"),
    ],
    ids=str,
)
def test_facts_are_those_of_the_settings(changes: dict[str, Any], fact: str, said: str) -> None:
    assert said in list_facts(Settings(**changes))[fact]


def test_the_page_on_privacy_says_how_mail_leaves_and_where_it_is_kept(db: Database) -> None:
    page = texts(Site(db, mail=SMTP).visitor().get("/privacy").text)

    assert "to the mail server mail.example.org, which passes them on. Mail that comes back" in page
    assert "It is kept in one database on the machine that runs this site. A copy of it is made every day" in page
    assert "Reading this site sets no cookie." in page
