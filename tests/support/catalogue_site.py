"""A catalogue of invented records on a loopback site: a record a page, addresses that die with their session."""

import html
import threading
from collections import Counter
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from core.records import Page
from tests.support.loopback_site import Answer, Request, Route
from tests.support.saved_pages import NOW

FOLDER = "/HeritageScripts/Hapi.dll"
START = f"{FOLDER}/search2?searchterm=*&Media=SCR&SortOrder=Y1"
EXPIRED = "<h1>Your session has expired</h1><p>Please search again.</p>"


class Catalogue:
    """Serves `records` in their order. `Site(catalogue.routes)`; every record is invented and says so.

    `expire` ends all sessions: their addresses then answer with a page that says so, or with `gone`.
    `hold` are numbers of pages whose first request is never answered: `held` is set when one comes.
    """

    def __init__(self, records: Collection[str], hold: Collection[int] = ()) -> None:
        self.records = list(records)
        self.hold, self.held = set(hold), threading.Event()
        self.broken: dict[int, str] = {}  # number of a page: what it shows instead of its record
        self.gone = 200  # the status of an address whose session has ended
        self.counted = False  # whether a page says which record it shows of how many
        self.keyed = True  # an ended session's addresses work again with the id of a living one
        self.sessions = 0
        self.alive = ""
        self.asked: Counter[int] = Counter()  # by number of the page, of living sessions
        self.dead = 0  # requests for addresses of ended sessions
        self.routes: dict[str, Route] = {
            "/robots.txt": lambda _: Answer(200, b"User-agent: *\nAllow: /\n"),
            f"{FOLDER}/search2": self._search,
            f"{FOLDER}/retrieve2": self._retrieve,
        }

    def expire(self) -> None:
        """End every session."""
        self.alive = ""

    def _search(self, request: Request) -> Answer:
        self.sessions += 1
        self.alive = f"8A7B2C{self.sessions:02X}-1111-4222-8333-944455556666"
        return self._page(1, request)

    def _retrieve(self, request: Request) -> Answer:
        query = parse_qs(urlsplit(request.path).query)
        ticket = query.get("Ticket", [self._ticket(int(query["Offset"][0]))])[0]
        if query["SetID"] != [self.alive] or ticket != self._ticket(int(query["Offset"][0])):
            self.dead += 1
            return served(document(EXPIRED), self.gone)
        return self._page(int(query["Offset"][0]), request)

    def _ticket(self, number: int) -> str:
        """What changes from page to page and from session to session where `keyed` is off: nobody can guess it."""
        return "" if self.keyed else f"{self.sessions * 7919 + number * 104729:x}"

    def _page(self, number: int, request: Request) -> Answer:
        self.asked[number] += 1
        if number in self.hold:
            self.hold.remove(number)
            self.held.set()
            request.closing.wait(30)
        if number in self.broken:
            return served(document(self.broken[number]))
        after = self._address(number + 1) if number < len(self.records) else ""
        count = f"<p>Record {number} of {len(self.records)}</p>" if self.counted else ""
        return served(document(count + record(self.records[number - 1], number % 3) + following(after)))

    def _address(self, number: int) -> str:
        ticket = f"&Ticket={self._ticket(number)}" if not self.keyed else ""
        return f"retrieve2?SetID={self.alive}&searchterm=*&Media=SCR&Offset={number}&Dispfmt=F{ticket}"


def served(body: bytes, status: int = 200) -> Answer:
    """An answer to the end of its connection: a body that follows its headers on an open one waits 40 ms (Nagle)."""
    return Answer(status, [body], {"Content-Type": "text/html; charset=utf-8", "Connection": "close"})


def numbers(count: int, first: int = 1) -> list[str]:
    """Catalogue numbers in order: C1001, C1002 …"""
    return [f"C{1000 + n}" for n in range(first, first + count)]


def record(number: str, shape: int = 0) -> str:
    """An invented record in one of three markups: rows of a table, blocks, a definition list."""
    fields = {
        "Title": f"Serious case review: Child {number}",
        "Publisher": f"Area {int(number[1:]) % 50} Safeguarding Children Board",
        "Date": str(1990 + int(number[1:]) % 30),
        "Abstract": f"Invented: injuries, case {number}. Issues identified include: missed visits to {number}"
        "; drift and delay; and little curiosity. Recommendations include: review the protocol; train the staff.",
        "Keywords": "infants, head injuries, drift",
        "Record number": number,
    }
    rows = {name: html.escape(value) for name, value in fields.items()}
    report = f"{FOLDER}/filetransfer/{number}.pdf?filename={number}"
    rows["Other"] = f'<a href="{report}">Read the overview report</a>'
    outer, label, value, row = (
        ("table", "td", "td", "tr"),
        ("div", "div", "div", ""),
        ("dl", "dt", "dd", ""),
    )[shape]
    opening, closing = (f"<{row}>", f"</{row}>") if row else ("", "")
    body = "".join(
        f'{opening}<{label} class="fulllabel">{name}</{label}><{value}>{text}</{value}>{closing}\n'
        for name, text in rows.items()
    )
    return f'<{outer}>{body}</{outer}><p><a href="search2?searchTerm0={number}">Link to this record</a></p>'


def following(address: str) -> str:
    """The link to the next page; none without an address."""
    return f'<p><a class="navNext" href="{html.escape(address)}">Next</a></p>' if address else ""


def document(body: str) -> bytes:
    """A whole page."""
    return f"<!doctype html><html><body><!-- Invented for the tests. -->{body}</body></html>".encode()


def saved(body: bytes | str, address: str = f"{FOLDER}/retrieve2?SetID=8A7B&Offset=12") -> Page:
    """A page of the catalogue as the fetcher would hand it over."""
    raw = body if isinstance(body, bytes) else document(body)
    url = f"https://library.example.org{address}"
    return Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), raw, NOW)
