"""The site's name, logo, colours and words on its pages and in its mail; the files beside them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.web.site.look import FAVICON
from core.config.schema import WebSettings
from core.config.site_table import SiteSettings
from core.contrast import NIGHT_PAPERS, worst_contrast
from db.schema.connect import Database
from newsletter.issue.render import render, render_mail
from newsletter.issue.wording import wording_from_json, wording_to_json
from newsletter.mail.confirm_message import build_confirm_view
from services.issues.build_issue import current_wording
from tests.newsletter.samples import FOUR, WORDING, issue
from tests.support.web_site import Site, texts

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 80"><script/><rect width="300" height="80"/></svg>'
NAMED = SiteSettings(
    name="Anytown & District",
    logo="logo.svg",
    accent="#7a1fa2",
    introduction="For **teams**. [About](/about) <script>",
    footer="See [us](https://example.org).",
    security_contact="security@example.org",
)


@pytest.fixture
def site(db: Database) -> Site:
    (db.file.parent.parent / "logo.svg").write_text(LOGO)
    return Site(db, site=NAMED)


def test_every_page_has_the_name_the_logo_and_the_words(site: Site) -> None:
    front, search = (site.visitor().get(path).text for path in ("/", "/reviews"))

    assert "– Anytown &amp; District</title>" in search
    (shown,) = re.findall(
        r'<p class="brand"><a href="/"><img class="logo" src="([^"]+)" alt="([^"]+)" (.*?)></a>', front
    )
    assert shown[1:] == ("Anytown &amp; District", 'width="300" height="80"')
    assert "<p>For <strong>teams</strong>." in front and "&lt;script&gt;" in front
    assert "Each issue holds" not in front
    assert 'See <a href="https://example.org">us</a>.' in search


def test_the_logo_is_served_as_an_image_alone_and_for_good(site: Site) -> None:
    address = re.search(r'src="([^"]+)"', site.visitor().get("/").text)
    assert address

    logo = site.visitor().get(address[1])

    assert (logo.status_code, logo.content_type) == (200, "image/svg+xml")
    assert "default-src 'none'" in logo.headers["Content-Security-Policy"]
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    assert "immutable" in logo.headers["Cache-Control"]
    assert b"script" not in logo.data
    assert [site.visitor().get(f"/logo.{kind}").status_code for kind in ("png", "jpg", "webp")] == [404] * 3


def test_a_logo_that_cannot_be_shown_leaves_the_name(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    site = Site(db, site=SiteSettings(name="Anytown", logo="none.svg"))

    assert '<p class="brand"><a href="/">Anytown</a></p>' in site.visitor().get("/").text
    assert "site.logo cannot be shown" in caplog.text
    assert site.visitor().get("/logo.svg").status_code == 404


def test_the_stylesheet_and_the_icon_have_the_colours(db: Database, site: Site) -> None:
    plain = Site(db)
    css = site.visitor().get("/style.css").text

    assert "@media screen { :root { --brand: #7a1fa2; --link: #7a1fa2; --button: #7a1fa2;" in css
    night = re.findall(r"dark\) \{ :root \{ --brand: (#[0-9a-f]{6})", css)
    assert worst_contrast(night[-1], NIGHT_PAPERS)[0] >= 4.5
    assert "#7a1fa2" in site.visitor().get("/icon.svg").text
    assert "The site's own colours" not in plain.visitor().get("/style.css").text
    tags = {re.findall(r"style\.css\?v=(\w+)", one.visitor().get("/").text)[0] for one in (plain, site)}
    assert len(tags) == 2


def test_without_a_name_the_newsletters_is_shown(db: Database) -> None:
    page = Site(db).visitor().get("/").text

    assert "<title>Case reviews</title>" in page
    assert '<p class="brand"><a href="/">Case reviews</a></p>' in page


def test_mail_has_the_name_and_the_colours_and_no_image(site: Site) -> None:
    words = current_wording(site.settings)

    mail = render(issue(*FOUR), replace(words, base_url=WORDING.base_url))
    asked = render_mail("confirmation.html", words, view=build_confirm_view("confirm", words, "T" * 22))

    assert '">Anytown &amp; District</p>' in mail.html
    assert mail.text.startswith("Anytown & District\n\nCase reviews: September 2016\n")
    for page in (mail.html, asked):
        assert "#7a1fa2" in page and "#0a4a7c" not in page and "#35526b" not in page
        assert words.accent_dark in page and "#a3d0fa" not in page
        assert "<img" not in page
    assert wording_from_json(wording_to_json(words)) == words


def test_search_engines_are_told_what_to_leave_alone(db: Database) -> None:
    hidden, open_ = (
        Site(db, web=WebSettings(noindex=noindex)).visitor().get("/robots.txt").text.splitlines()
        for noindex in (True, False)
    )

    assert hidden[0] == open_[0] == "User-agent: *"
    assert {"Disallow: /reviews", "Disallow: /issues", "Disallow: /feeds/"} < set(hidden)
    assert "Disallow: /reviews" not in open_
    assert {"Disallow: /preferences/", "Disallow: /ops", "Disallow: /unsubscribe/"} < set(open_)


def test_robots_of_a_site_below_a_path_name_the_path(db: Database) -> None:
    page = Site(db, "https://example.org/case-reviews").visitor().get("/case-reviews/robots.txt").text

    assert "Disallow: /case-reviews/preferences/" in page


def test_whom_to_tell_of_a_hole_is_said_where_it_is_known(db: Database, site: Site) -> None:
    for path in ("/security.txt", "/.well-known/security.txt"):
        fields = dict(line.split(": ", 1) for line in site.visitor().get(path).text.splitlines())
        assert fields["Contact"] == "mailto:security@example.org"
        assert fields["Canonical"] == "https://news.example.org/.well-known/security.txt"
        assert fields["Expires"] == (site.house.clock.now + timedelta(days=180)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert Site(db).visitor().get(path).status_code == 404


def test_the_icon_of_old_programs_is_an_icon(site: Site) -> None:
    answer = site.visitor().get("/favicon.ico")

    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/vnd.microsoft.icon", FAVICON)
    assert FAVICON[:4] == b"\0\0\1\0" and FAVICON.count(b"\x89PNG") == 2


def test_the_front_page_is_kept_and_changes_with_the_site(db: Database, site: Site) -> None:
    visitor = site.visitor()
    first = visitor.get("/")
    cache = site.app.extensions["casereviews.stored"]

    assert visitor.get("/").data == first.data
    assert cache.hits == 1
    assert visitor.get("/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    other = Site(db, site=SiteSettings(footer="Other words."))
    assert other.visitor().get("/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert "Other words." in texts(other.visitor().get("/").text)
