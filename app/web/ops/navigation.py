"""Navigation of the operations pages: rooms of pages, each shown to those whose role may use it."""

from dataclasses import dataclass

from flask import g, request, url_for

from app.web.context import site_path
from app.web.ops.access import may
from app.web.ops.desk import blueprint


@dataclass(frozen=True, slots=True)
class DeskRoom:
    """A part of these pages, identified by its words: its pages, each an endpoint with what it is called."""

    words: str
    pages: tuple[tuple[str, str], ...]  # the room's own link leads to the first that one may use


NAVIGATION = (
    DeskRoom("State", (("state", "State"), ("due", "What is due"), ("copies", "Copies"))),
    DeskRoom("Issues", (("issue_list", "Issues"), ("support", "Support lines"))),
    DeskRoom("Reviews", (("review_list", "Take one down"), ("wording", "Wording fixes"), ("link_states", "Links"))),
    DeskRoom("Readers", (("people", "Readers"), ("everybody", "All of them"), ("bounces", "Refused mail"))),
    DeskRoom("Sources", (("sources", "Sources"), ("years", "Older years"), ("try_page", "Try a page"))),
    DeskRoom(
        "Mail",
        (
            *(("queue_list", "Queue"), ("sending", "Workers and relays"), ("outbox", "Outbox")),
            *(("refusals", "Refusals"), ("hooks", "Reports")),
        ),
    ),
    DeskRoom("Figures", (("figures", "Figures"),)),
    DeskRoom(
        "People and audit",
        (
            *(("account", "Your account"), ("account_list", "Accounts")),
            *(("audit_trail", "Audit trail"), ("terminal_only", "Only in a terminal"), ("manual", "The manual")),
        ),
    ),
)


@blueprint.context_processor
def _navigation() -> dict[str, object]:
    if not g.get("ops_inside"):
        return {"rooms": [], "room_pages": []}
    rooms, here = [], list[tuple[str, str]]()
    for room in NAVIGATION:
        pages = [(words, url_for(f"ops.{name}")) for name, words in room.pages if may(f"ops.{name}")]
        current = any(_first_part(url) == _first_part(site_path(request.path)) for _, url in pages)
        rooms += [(room.words, pages[0][1], current)] if pages else []
        here = pages if current and len(pages) > 1 else here
    return {"rooms": rooms, "room_pages": here}


def _first_part(address: str) -> str:
    """The part of an address after /ops/: "people" of "/ops/people/all"; empty of /ops itself."""
    return address.removeprefix(site_path("/ops")).strip("/").partition("/")[0]
