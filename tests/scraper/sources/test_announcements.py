"""Feeds and WordPress answers: what valid and broken ones give."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core.config.schema import Source
from core.errors import PageError
from core.records import Page, PageReading
from scraper.adapter import load_adapter

PLACE = "https://source.example.org/feed"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>F</title>{}</feed>'


def page(body: str | bytes, *headers: tuple[str, str], url: str = PLACE) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, headers, raw, datetime(2026, 11, 23, tzinfo=UTC))


def read(kind: str, body: str | bytes, *headers: tuple[str, str]) -> PageReading:
    return load_adapter(kind).parse(page(body, *headers), "a")


def test_an_entry_without_a_link_has_no_id_for_one_and_keeps_its_key() -> None:
    entry = "<entry><id>tag:a,1</id><title>{}</title><updated>2026-01-01T00:00:00Z</updated></entry>"

    (before,) = read("feed", ATOM.format(entry.format("Child A"))).reviews
    (after,) = read("feed", ATOM.format(entry.format("Amara"))).reviews

    assert (before.links, before.year) == ((), None)  # an update's date is not that of publication
    assert before.key == after.key and before.name != after.name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("<title>Child A &amp; B</title>", "Child A & B"),
        ("<title>Child A &lt; B</title>", "Child A < B"),
        ('<title type="html">Child &lt;b&gt;A&lt;/b&gt; &amp;amp; B</title>', "Child A & B"),
        ("<title><![CDATA[Child A &#8211; B]]></title>", "Child A – B"),
    ],
)
def test_a_title_is_read_as_its_type_says(title: str, name: str) -> None:
    (review,) = read("feed", ATOM.format(f"<entry><id>1</id>{title}</entry>")).reviews

    assert review.name == name


def test_an_enclosure_and_documents_in_the_text_are_its_links() -> None:
    body = """<rss version="2.0"><channel><title>F</title><item><title>Child A</title><link>https://x.example.org/a</link>
      <enclosure url="https://x.example.org/a.pdf" type="application/pdf" length="1"/>
      <enclosure url="https://x.example.org/a.mp3" type="audio/mpeg" length="1"/>
      <description>&lt;a href="/b.pdf"&gt;Summary&lt;/a&gt; &lt;script&gt;alert(1)&lt;/script&gt;</description>
      </item></channel></rss>"""

    (review,) = read("feed", body).reviews

    assert [link.url for link in review.links] == ["https://x.example.org/a.pdf", "https://source.example.org/b.pdf"]
    assert "alert" not in review.raw


@pytest.mark.parametrize("body", [ATOM.format(""), '{"version": "https://jsonfeed.org/version/1", "items": []}'])
def test_a_feed_without_entries_lists_none(body: str) -> None:
    assert read("feed", body) == PageReading(lists_none=True)


def test_an_entry_without_a_title_is_left_over() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": 1, "content_text": "Words\ud83d"}, {"id": 2}, 3],
    }

    reading = read("feed", json.dumps(feed))

    assert [(one.words, one.why) for one in reading.leftovers] == [
        ("Words?", "an entry without a title"),
        ("", "an entry without a title"),
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><body>Not found</body></html>", "the page is no feed"),
        (b"http://127.0.0.1:9/feed", "the page is no feed"),
        (b"/etc/passwd", "the page is no feed"),
        (b"", "the page is no feed"),
        (b'<rss version="2.0"><channel><item><title>Child A</title></item>', "the feed is cut off before its end"),
        (b'{"items": []}', "the page is no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "the page is no JSON Feed, or a part of one"),
        (b"{" * 100_000, "the page is no JSON Feed, or a part of one"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, words: str) -> None:
    with pytest.raises(PageError, match=words):
        read("feed", body)


def items(*fields: dict[str, Any]) -> str:
    return json.dumps(
        [{"id": 7, "date": "2026-03-03T09:00:00", "link": "https://x.example.org/a", **one} for one in fields]
    )


def test_an_item_of_the_media_library_is_its_file() -> None:
    file = {"title": {"rendered": "Child A"}, "source_url": "https://x.example.org/a.pdf", "content": {"rendered": "x"}}

    (review,) = read("wordpress", items(file)).reviews

    assert [(link.text, link.url) for link in review.links] == [("Child A", "https://x.example.org/a.pdf")]
    assert (review.summary, review.year, review.month) == ("", 2026, 3)


def test_an_item_keeps_its_key_when_it_is_retitled_or_moved() -> None:
    before = read("wordpress", items({"title": {"rendered": "Child A"}})).reviews
    after = read("wordpress", items({"title": {"rendered": "Amara"}, "link": "https://x.example.org/b"})).reviews

    assert before[0].key == after[0].key


@pytest.mark.parametrize("title", ["https://x.example.org/a", "files/child.html", "Child A & B", "A <i>B</i>"])
def test_any_words_are_a_title(title: str) -> None:
    (review,) = read("wordpress", items({"title": {"rendered": title}})).reviews

    assert review.heading == title.replace("<i>", "").replace("</i>", "")


def test_the_total_is_what_the_header_states_and_none_is_none() -> None:
    shown = read("wordpress", items({"title": {"rendered": "Child A"}}), ("x-wp-total", "31"))

    assert (shown.total, shown.lists_none) == (31, False)
    assert read("wordpress", "[]", ("x-wp-total", "0")).lists_none


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"code": "rest_no_route", "message": "No route"}', "the WordPress site refused the question: No route"),
        ("<html></html>", "the page is no answer of WordPress's REST interface"),
        ('{"a": 1}', "the page is no answer of WordPress's REST interface"),
    ],
)
def test_what_is_no_answer_of_wordpress_is_named(body: str, words: str) -> None:
    with pytest.raises(PageError, match=words):
        read("wordpress", body)


def test_pages_are_followed_to_the_last_and_only_a_list_said_to_be_complete_shows_absence() -> None:
    place = "https://x.example.org/wp-json/wp/v2/posts?per_page=1"
    adapter = load_adapter(Source(name="a", kind="wordpress", url=place))
    assert adapter.follow and adapter.changed_since

    following = adapter.follow(page(items({}), ("x-wp-totalpages", "2"), url=place))
    last = adapter.follow(page(items({}), ("x-wp-totalpages", "2"), url=f"{place}&page=2"))

    assert (following, last) == ((f"{place}&page=2",), ())
    complete = load_adapter(Source(name="a", kind="wordpress", url=place, complete=True))
    assert (adapter.lists_all, complete.lists_all, complete.changed_since) == (False, True, None)
