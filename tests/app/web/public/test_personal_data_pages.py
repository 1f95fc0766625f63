"""What a reader's own data takes: the token of a newsletter that was passed on, and a link mailed to them alone."""

import re
from pathlib import Path

import pytest

from core.states import ProofKind
from core.subscriber_rules import MAX_PROOF_EMAILS
from db.mail import subscribers
from db.schema.connect import Database, connect
from services.delivery.send_transactional import send_due
from tests.support.installation import dump, rows
from tests.support.signups import read
from tests.support.web_site import UNKNOWN, Site, proof_path, publish, texts

PAGES: dict[ProofKind, str] = {"data": "data", "erase": "delete"}
BUTTONS: dict[ProofKind, str] = {"data": "See what we hold about you", "erase": "Delete everything we hold about you"}


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


@pytest.mark.parametrize("kind", PAGES)
def test_whoever_was_sent_the_newsletter_sees_and_changes_nothing(site: Site, kind: ProofKind) -> None:
    one, visitor = site.subscriber(), site.visitor()
    path = f"/preferences/{one.token}/{PAGES[kind]}"

    asked = visitor.get(path)
    answer = visitor.press(path)
    after = visitor.get(answer.location)

    assert (asked.status_code, answer.status_code, answer.location) == (200, 303, f"/preferences/{one.token}")
    assert "For this we write to r…@example.org" in texts(asked.text)
    assert "is on its way to r…@example.org" in texts(after.text)
    assert "reader@example.org" not in asked.text + after.text
    assert site.status(one) == "active"
    assert site.house.letters() == [(kind, "queued")]
    assert site.app.extensions["casereviews.mail_waiting"].is_set()


@pytest.mark.parametrize("kind", PAGES)
def test_the_email_holds_the_link_that_works(site: Site, kind: ProofKind) -> None:
    one, visitor = site.subscriber(), site.visitor()
    visitor.press(f"/preferences/{one.token}/{PAGES[kind]}")

    assert send_due(site.house.effects, site.settings, site.db) == 1

    mail = read(next(site.house.outbox.glob("*.eml")).read_bytes())
    (link,) = re.findall(r"https://\S+", mail.get_body(["plain"]).get_content())  # type: ignore[union-attr]
    assert (mail["To"], mail["Subject"]) == ("reader@example.org", f"{BUTTONS[kind]}: Case reviews")
    assert link.startswith(f"https://news.example.org/preferences/{one.token}/{PAGES[kind]}/")
    assert visitor.get(link.removeprefix("https://news.example.org")).status_code == 200


def test_my_data_is_all_that_is_held_as_a_page_and_as_json(tmp_path: Path) -> None:
    publish(tmp_path, readers=1)
    site = Site(connect(tmp_path / "data/casereviews.db"))
    one = next(subscribers.listing(site.db))
    path = proof_path(site.db, one, "data", site.house.clock.now)

    page, file = site.visitor().get(path), site.visitor().get(f"{path}/my-data.json")

    assert file.is_json
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert (page.headers["Cache-Control"], file.headers["Cache-Control"]) == ("no-store", "no-store")
    held = file.get_json()
    assert held["subscriber"]["email"] == one.email
    assert [d["state"] for d in held["deliveries"]] == ["sent"]
    said = texts(page.text)
    for part in (one.email, "September 2016 sent", "from a list they brought", "Asked", "every month"):
        assert part in said
    assert one.token not in said


def test_my_data_holds_what_is_not_confirmed_yet(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    visitor.press("/saved-searches?q=river", {"email": "reader@example.org", "cadence": "day"})
    visitor.press(f"/preferences/{one.token}/address", {"email": "new@example.org"})

    said = texts(visitor.get(proof_path(site.db, one, "data", site.house.clock.now)).text)

    assert "Asked for a new address to be confirmed waiting to be sent" in said
    assert "new@example.org" in said
    assert "river" in said


def test_delete_me_asks_once_more_and_leaves_nothing(site: Site) -> None:
    site.visitor().press("/subscribe", {"email": "reader@example.org", "topics": "sleep"})
    one, visitor = site.house.one("reader@example.org"), site.visitor()
    path = proof_path(site.db, one, "erase", site.house.clock.now)

    asked = visitor.get(path)
    assert "cannot be undone" in asked.text
    assert site.status(one) == "pending"
    done = visitor.press(path)

    assert "You are deleted" in texts(done.text)
    assert site.status(one) == "gone"
    assert (rows(site.db)["subscribers"], rows(site.db)["transactional_mail"]) == (0, 0)
    assert not [line for line in dump(site.db) if "reader@example.org" in line]
    assert visitor.get(f"/preferences/{one.token}").status_code == 404


def test_no_other_link_will_do(site: Site) -> None:
    one, other, visitor = site.subscriber(), site.subscriber("other"), site.visitor()
    now = site.house.clock.now
    data, erase = (proof_path(site.db, one, kind, now) for kind in PAGES)
    theirs = proof_path(site.db, other, "erase", now)
    hidden = visitor.token(f"/preferences/{one.token}")
    before = dump(site.db)
    wrong = [
        data.replace("/data/", "/delete/"),
        erase.replace("/delete/", "/data/"),
        theirs.replace(other.token, one.token),
        f"/preferences/{one.token}/delete/{UNKNOWN}",
        f"/preferences/{one.token}/data/%C3%84",
        f"{erase}A",
    ]

    for path in wrong:
        answer = visitor.get(path)
        assert (answer.status_code, "Ask for a new one" in answer.text) == (404, True)
        assert visitor.get(f"{path}/my-data.json").status_code == 404
        assert visitor.post(path, {"csrf_token": hidden}).status_code in (404, 405)
    site.house.clock.move(hours=24)
    assert [visitor.get(path).status_code for path in (data, erase)] == [404, 404]
    assert visitor.post(erase, {"csrf_token": hidden}).status_code == 404
    assert dump(site.db) == before


def test_nobodys_mailbox_is_flooded(site: Site) -> None:
    one, visitor = site.subscriber(), site.visitor()
    path = f"/preferences/{one.token}/data"

    for _ in range(MAX_PROOF_EMAILS + 2):
        visitor.press(path)
        send_due(site.house.effects, site.settings, site.db)

    assert site.house.letters() == [("data", "sent")] * MAX_PROOF_EMAILS
    site.house.clock.move(days=1, minutes=1)
    visitor.press(path)
    assert site.house.letters()[-1] == ("data", "queued")


@pytest.mark.parametrize(("status", "mailed"), [("unsubscribed", True), ("bounced", False), ("complained", False)])
def test_who_complained_or_bounced_is_told_another_way(site: Site, status: str, mailed: bool) -> None:
    one, visitor = site.subscriber(status=status), site.visitor()
    path = f"/preferences/{one.token}/delete"

    page = visitor.get(path).text
    visitor.post(path, {"csrf_token": visitor.token("/subscribe")})

    assert ("Email me the link" in page) is mailed
    assert ("Reply from it to any of our emails." in page) is not mailed
    assert len(site.house.letters()) == mailed
