"""WordPress REST answers: the items, how many there are, the address of the next ones, of those changed since."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from core.errors import PageError
from core.records import Page
from scraper.page_text import decode_body

JSON_MEDIA = frozenset({"application/json"})
PAST_END_STATUS = 400  # what it answers past the last page


def parse_items(page: Page) -> list[dict[str, Any]] | None:
    """The items of an answer; None where the page is none."""
    answer = parse_answer(page)
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else None


def check_refusal(page: Page) -> None:
    """Raise PageError where the site refuses the question: its answer is an error with a code."""
    answer = parse_answer(page)
    if isinstance(answer, dict) and "code" in answer:
        why = rendered_text(answer.get("message")) or rendered_text(answer["code"])
        raise PageError("the WordPress site refused the question", why[:200], "Check the source's url.")


@lru_cache(maxsize=2)  # parse and follow ask for the same page
def parse_answer(page: Page) -> object:
    """The JSON of an answer; None where the page is none."""
    try:
        return json.loads(decode_body(page.body, page.header("content-type")))
    except (ValueError, RecursionError):  # not JSON, or nested without end
        return None


def rendered_text(value: object) -> str:
    """A text of an item, which may be HTML; half a pair of surrogates, which JSON can spell, becomes "?"."""
    text = value.get("rendered") if isinstance(value, dict) else value
    return text.encode(errors="replace").decode() if isinstance(text, str) else ""


def stated_total(page: Page) -> int | None:
    """How many items there are in all, as the answer's header states it; None where there is none."""
    total = page.header("x-wp-total")
    return int(total) if total.isdecimal() else None


def next_items(page: Page, count: int) -> tuple[str, ...]:
    """The address of the items after this page's `count`: until the last page that the header states.

    Without that header until a page that is not full; one past the last answers PAST_END_STATUS.
    """
    url = urlsplit(page.final_url)
    asked = parse_qsl(url.query, keep_blank_values=True)
    last, number = page.header("x-wp-totalpages"), dict(asked).get("page", "1")
    size = dict(asked).get("per_page", "10")
    if not (number.isdecimal() and size.isdecimal()):
        return ()
    more = int(number) < int(last) if last.isdecimal() else count >= int(size) > 0
    query = [*((name, value) for name, value in asked if name != "page"), ("page", str(int(number) + 1))]
    return (url._replace(query=urlencode(query)).geturl(),) if more else ()


def address_since(url: str, since: datetime) -> str:
    """The address of those items only that were added or edited since an instant."""
    parts = urlsplit(url)
    asked = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    when = ("modified_after", f"{since:%Y-%m-%dT%H:%M:%S}")
    return parts._replace(query=urlencode([*asked, when])).geturl()
