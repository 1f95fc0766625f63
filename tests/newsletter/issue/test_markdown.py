"""Markdown: what editors write becomes HTML, plain text; nothing else gets through."""

import pytest
from html5lib import HTMLParser

from core.clean_text import TOKEN_PLACEHOLDER
from newsletter.issue.markdown import ELEMENTS, to_html, to_text

SITE = "https://news.example.org"


@pytest.mark.parametrize(
    ("written", "html", "text"),
    [
        ("One.", "<p>One.</p>", "One."),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo."),
        ("One.\nTwo.", "<p>One.<br>\nTwo.</p>", "One.\nTwo."),
        ("**Bold** and *slanted*", "<p><strong>Bold</strong> and <em>slanted</em></p>", "Bold and slanted"),
        (
            "See [the guide](https://example.org/a?b=1&c=2).",
            '<p>See <a href="https://example.org/a?b=1&amp;c=2">the guide</a>.</p>',
            "See the guide (https://example.org/a?b=1&c=2).",
        ),
        (
            "See https://example.org/guide.",
            '<p>See <a href="https://example.org/guide">https://example.org/guide</a>.</p>',
            "See https://example.org/guide.",
        ),
        (
            "[Write](mailto:desk@example.org)",
            '<p><a href="mailto:desk@example.org">Write</a></p>',
            "Write (desk@example.org)",
        ),
        ("<desk@example.org>", '<p><a href="mailto:desk@example.org">desk@example.org</a></p>', "desk@example.org"),
        (
            "- one\n- two\n  - inner\n- three",
            "<ul>\n<li>one</li>\n<li>two\n<ul>\n<li>inner</li>\n</ul>\n</li>\n<li>three</li>\n</ul>",
            "- one\n- two\n  - inner\n- three",
        ),
        ("3. three\n4. four", '<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>', "3. three\n4. four"),
        ("# Top\n\n### Deep", "<h2>Top</h2>\n<h3>Deep</h3>", "Top\n\nDeep"),
        ("### Deep first", "<h2>Deep first</h2>", "Deep first"),
        ("## One\n\n## Two", "<h2>One</h2>\n<h2>Two</h2>", "One\n\nTwo"),
        ("Tea & “cake” < all", "<p>Tea &amp; “cake” &lt; all</p>", "Tea & “cake” < all"),
        ("    indented", "<p>indented</p>", "indented"),
        ("", "", ""),
    ],
)
def test_markdown_becomes_both_parts(written: str, html: str, text: str) -> None:
    assert to_html(written) == html
    assert to_text(written) == text


def test_pages_of_ours_are_links_where_the_site_is_known() -> None:
    assert to_html("[About](/about)", SITE) == f'<p><a href="{SITE}/about">About</a></p>'
    assert to_text("[About](/about)", SITE) == f"About ({SITE}/about)"
    assert "<a" not in to_html("[About](/about)")
    assert "<a" not in to_html("[About](//example.net/about)", SITE)


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<SCRIPT\n>alert(1)</SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<a href='https://example.org' onclick='x()'>words</a>",
        '<p style="position:fixed">words</p>',
        "[words](javascript:alert(1))",
        "[words](JaVaScRiPt:alert(1))",
        "[words](java&#x0A;script:alert(1))",
        "[words](&#106;avascript:alert(1))",
        "[words](data:text/html;base64,PHNjcmlwdD4=)",
        "[words](vbscript:x)",
        "[words](file:///etc/hosts)",
        "[words](tel:999)",
        "[words](https:)",
        "<javascript:alert(1)>",
        "![picture](https://example.org/seen.gif)",
        "[a]: javascript:alert(1)\n\n[a]",
        '[words](https://example.org "><script>alert(1)</script>")',
        '[words](https://example.org/"onmouseover="alert(1))',
        "```\n<b>code</b>\n```",
        "`<b>code</b>`",
        "<!-- comment --> <![CDATA[ x ]]> <?php x ?>",
        "[words](https://example.org/" + "a" * 3000 + ")",
    ],
)
def test_nothing_but_our_elements_with_followable_links_gets_through(written: str) -> None:
    tree = HTMLParser(namespaceHTMLElements=False).parseFragment(to_html(written))

    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in ELEMENTS
        assert set(element.attrib) <= ({"href"} if element.tag == "a" else set())
        assert element.get("href", "https://example.org/").startswith(("https://example.org", "mailto:"))


@pytest.mark.parametrize("written", [TOKEN_PLACEHOLDER, r"READER\-TOKEN-GOES-HERE", "READER&#45;TOKEN-GOES-HERE"])
def test_no_note_asks_for_a_readers_token(written: str) -> None:
    words = f"{written} [a](https://example.org/{written})"
    for shown in (to_html(words), to_text(words)):
        assert TOKEN_PLACEHOLDER not in shown


def test_letters_without_a_look_are_left_out() -> None:
    assert to_html("a\u202eb\x00c\u200b") == "<p>ab c</p>"
