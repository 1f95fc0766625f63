"""Feeds and WordPress answers, all invented: what valid and broken ones give."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core.config.schema import Source
from core.errors import PageError
from core.link_records import LinkCheck, Probe
from core.records import Page, PageReading
from scraper.adapter import load_adapter
from scraper.link_state import assess_link
from scraper.site_addresses import guess_kind

PLACE = "https://source.example.org/feed"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>F</title>{}</feed>'
ENTRY = ATOM.format("<entry xml:base='https://x.example.org/scp/'><id>tag:a,1</id><title>Child A</title>{}</entry>")
RSS = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xml:base="https://x.example.org/scp/"><channel>
  <title>F</title><item><title>Child A</title><link>https://x.example.org/a</link>{}</item></channel></rss>"""
PAGE_LINK = ("Child A", "https://x.example.org/a")  # of an entry without documents


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


def links(body: str) -> list[tuple[str, str]]:
    (review,) = read("feed", body).reviews
    return [(link.text, link.url) for link in review.links]


def json_feed(*items: dict[str, Any]) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": items})


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ('<enclosure url="https://x.example.org/get?id=1" type="application/pdf" length="0"/>', ["get?id=1"]),
        ('<enclosure url="/file.ashx?d=1" type="Application/PDF; q=1" length="9"/>', ["file.ashx?d=1"]),
        ('<enclosure url="/get?id=1" type="application/msword" length="9"/>', ["get?id=1"]),
        ('<enclosure url="get?id=1" type="application/pdf" length="9"/>', ["scp/get?id=1"]),
        ('<enclosure url="/a b.pdf" type="application/pdf" length="9"/>', ["a%20b.pdf"]),
        (
            '<enclosure url="/get?id=1" type="application/pdf" length="9"/>'
            '<enclosure url="/get?id=2" type="audio/mpeg" length="9"/>'
            '<enclosure url="/media/3" type="image/png" length="9"/>'
            '<enclosure url="/get?id=4" type="application/pdf" length="9"/>',
            ["get?id=1", "get?id=4"],
        ),
        (
            '<media:group><media:content url="/media/1" medium="image"/>'
            '<media:content url="/get?id=1" type="application/pdf" medium="document"/></media:group>',
            ["get?id=1"],
        ),
    ],
)
def test_a_file_that_rss_calls_a_document_is_one_whatever_its_address(stated: str, expected: list[str]) -> None:
    assert links(RSS.format(stated)) == [("", f"https://x.example.org/{address}") for address in expected]


@pytest.mark.parametrize(
    "stated",
    [
        '<enclosure url="https://x.example.org/media/1" type="image/jpeg" length="9"/>',
        '<enclosure url="https://x.example.org/download/1" type="audio/mpeg" length="9"/>',
        '<enclosure url="http://[" type="application/pdf" length="9"/>',
        '<enclosure url="" type="application/pdf" length="9"/>',
        '<enclosure type="application/pdf" length="9"/>',
        '<media:content url="/download/1" type="video/mp4" medium="video"/>',
    ],
)
def test_pictures_sound_and_what_nothing_can_open_are_no_documents(stated: str) -> None:
    assert links(RSS.format(stated)) == [PAGE_LINK]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ('<content type="application/pdf" src="/get?id=1"/>', ("", "get?id=1")),
        ('<content type="application/PDF" xml:base="/scp/" src="get?id=1"/>', ("", "scp/get?id=1")),
        ('<link rel="alternate" title="Report" type="application/pdf" href="/get?id=1"/>', ("Report", "get?id=1")),
        ('<link rel="enclosure" type="application/pdf" xml:base="/scp/" href="get?id=1"/>', ("", "scp/get?id=1")),
        ('<link rel="enclosure" href="/download/1"/>', ("", "download/1")),
    ],
)
def test_a_content_elsewhere_and_another_form_of_an_entry_are_its_documents(
    stated: str, expected: tuple[str, str]
) -> None:
    words, address = expected
    page_link = '<link rel="alternate" href="/a"/>'

    assert links(ENTRY.format(page_link + stated)) == [(words, f"https://x.example.org/{address}")]


@pytest.mark.parametrize(
    "stated",
    [
        '<content type="text/html" src="/media/a"/>',
        '<content src="/media/a"/>',
        '<link rel="alternate" hreflang="cy" href="/documents/a"/>',
        '<link rel="related" type="application/pdf" href="/get?id=1"/>',
    ],
)
def test_a_page_that_looks_like_a_download_and_what_is_only_related_are_no_documents(stated: str) -> None:
    page_link = '<link rel="alternate" href="/a"/>'

    assert links(ENTRY.format(page_link + stated)) == [PAGE_LINK]


def test_a_file_within_a_feed_is_no_text() -> None:
    stated = '<summary>Words.</summary><content type="application/pdf">JVBERi0xLjQK</content>'

    (review,) = read("feed", ENTRY.format(stated)).reviews

    assert review.summary == "Words."


def test_an_address_that_is_a_document_is_kept_beside_those_in_the_text() -> None:
    rss = RSS.replace("https://x.example.org/a<", "https://x.example.org/a.pdf<")
    item = {
        "id": "1",
        "url": "https://x.example.org/a.pdf",
        "title": "Child A",
        "content_html": '<a href="/b.pdf">B</a>',
    }
    expected = [("Child A", "https://x.example.org/a.pdf"), ("B", "https://source.example.org/b.pdf")]
    in_text = '<description>&lt;a href="https://source.example.org/b.pdf"&gt;B&lt;/a&gt;</description>'

    assert links(rss.format(in_text)) == links(json_feed(item)) == expected


@pytest.mark.parametrize("address", ["get?id=1", "plentyn-ŵ.pdf"])
def test_a_document_stated_twice_is_one_with_the_words_of_the_text(address: str) -> None:
    url = f"https://x.example.org/{address}"
    stated = f'<enclosure url="{url}" type="application/pdf" length="9"/>'

    in_text = f'<description>&lt;a href="{url}"&gt;Report&lt;/a&gt;</description>'

    assert links(RSS.format(stated + in_text)) == [("Report", url)]


def test_attachments_are_documents_by_their_type() -> None:
    stated = [
        ("Report", "get?id=1", "application/pdf"),
        ("Easy read", "/download/2", "Application/MSWord; q=1"),
        ("Film", "/download/3", "video/mp4"),
        ("Cover", "/media/4", "image/png"),
        ("Summary", "/download/5", None),
        ("None", None, "application/pdf"),
        ("Broken", "http://[", "application/pdf"),
    ]
    attachments = [{"title": title, "url": url, "mime_type": kind} for title, url, kind in stated]

    assert links(json_feed({"id": "1", "url": "/a", "title": "Child A", "attachments": attachments})) == [
        ("Report", "https://source.example.org/get?id=1"),
        ("Easy read", "https://source.example.org/download/2"),
        ("Summary", "https://source.example.org/download/5"),
    ]


def test_items_without_an_id_are_told_apart_by_their_addresses() -> None:
    first, second = ({"title": f"Child {name}", "url": f"https://x.example.org/{name}"} for name in "AB")
    keys = {read("feed", json_feed(item)).reviews[0].key for item in (first | {"id": None}, second | {"id": None})}

    assert keys == {read("feed", json_feed(item)).reviews[0].key for item in (first, second)}
    assert len(keys) == 2


def test_an_id_that_is_no_address_after_all_is_one() -> None:
    keys = [read("feed", json_feed({"id": "http://[a]/1", "title": title})).reviews[0].key for title in ("A", "B")]

    assert keys[0] == keys[1]


def test_what_is_told_of_a_document_is_what_a_look_at_it_showed_and_not_what_its_feed_states() -> None:
    (review,) = read("feed", RSS.format('<enclosure url="/get?id=1" type="application/pdf" length="9"/>')).reviews
    (link,) = review.links
    now = datetime(2026, 11, 23, tzinfo=UTC)
    probe = Probe(link.url, link.url, "answered", now, 200, "application/octet-stream", 1_000, b"%PDF-1.7")

    assert (link.url, link.state, link.media) == ("https://x.example.org/get?id=1", "unchecked", "")
    assert assess_link(probe, LinkCheck(link.url), now.date()).media == "application/pdf"


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
        (b'<rss version="2.0"><channel></rss>' + b"<!-- a -->\n" * 200 + b"<b", "the feed is cut off before its end"),
        (b'{"items": []}', "the page is no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "the page is no JSON Feed, or a part of one"),
        (b"{" * 100_000, "the page is no JSON Feed, or a part of one"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, words: str) -> None:
    with pytest.raises(PageError, match=words):
        read("feed", body)


def test_many_comments_before_a_page_are_no_feed_and_before_a_feed_are_nothing() -> None:
    comments = b"<!-- a -->\n" * 200

    assert guess_kind(page(comments + b"<html>")) == ""
    assert guess_kind(page(comments + b"<rss>")) == "feed"


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
