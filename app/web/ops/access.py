"""Access table of the operations pages: which roles may use which endpoint, enforced before each request.

Whoever adds a page adds the name of its function to a line of DUTIES; a test walks all addresses and finds the one
that stands in none, which nobody but an owner may use meanwhile. docs/web.md shows the same table.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException

from app.web.context import context, site_path
from app.web.ops.desk import render_page
from core.states import ROLES, Role
from db.operator import accounts
from db.operator.accounts import Account

EVERYBODY = frozenset(ROLES)
EDITING: frozenset[Role] = frozenset({"editor", "approver", "owner"})
APPROVING: frozenset[Role] = frozenset({"approver", "owner"})
OPERATING: frozenset[Role] = frozenset({"operator", "owner"})
OWNING: frozenset[Role] = frozenset({"owner"})


@dataclass(frozen=True, slots=True)
class Duty:
    """What some roles do at the desk, identified by its words; and the endpoints of it, without "ops."."""

    words: str
    roles: frozenset[Role]
    endpoints: str  # names with spaces between them


DUTIES = (
    Duty("Come in, go out, look after one’s own account", EVERYBODY, "login logout script"),
    Duty(
        "Look at the state, the sources, the issues, the counts of the queue, the audit trail",
        EVERYBODY,
        "state first nothing work work_json sources source entries saved_page saved_text saved_look issue_list issue "
        "preview preview_html preview_text queue_list queue hooks audit_trail",
    ),
    Duty(
        "Edit an issue: note, order, reviews, corrections; send a test",
        EDITING,
        "edit edit_now build test test_now correct correct_now",
    ),
    Duty("Approve, send, pause and resume an issue", APPROVING, "approve approve_now send send_now pause"),
    Duty(
        "Read the sources: scrape, accept a page, sign off, say what an entry is",
        OPERATING,
        "scrape accept accept_now sign_off answer_held",
    ),
    Duty("Send an issue again to those whom it did not reach", OPERATING, "again again_now"),
    Duty(
        "Look readers up, change and erase them; refused mail; the outbox with its addresses",
        OPERATING,
        "people find everybody person export unsubscribe unsubscribe_now keep erase erase_now undo_erase bounces "
        "bounces_ours bounces_theirs restore_run restore_person refusals label unlabel outbox outbox_folder "
        "outbox_message outbox_html outbox_source",
    ),
    Duty("Let a mail provider report", OPERATING, "confirm_hook"),
)
ACCESS: dict[str, frozenset[Role]] = {
    f"ops.{endpoint}": duty.roles for duty in DUTIES for endpoint in duty.endpoints.split()
}


def own_account() -> Account:
    """Whose request this is."""
    account: Account = g.ops_account
    return account


def may(endpoint: str) -> bool:
    """Whether who asks may use an endpoint: "ops.scrape"."""
    return own_account().role in ACCESS.get(endpoint, OWNING)


def check_access() -> tuple[str, int] | None:
    """The page that says who may, for a request whose role may not; else None."""
    endpoint = request.endpoint or ""
    if may(endpoint):
        return None
    roles = ACCESS.get(endpoint, OWNING)
    names = [one.label for one in accounts.listing(context().db) if one.active and one.role in roles]
    duty = next((one.words for one in DUTIES if endpoint.removeprefix("ops.") in one.endpoints.split()), "")
    return render_page("forbidden.html", "Your role may not do this", duty=duty, who=roles_words(roles), names=names), 403


def roles_words(roles: Iterable[Role]) -> str:
    """ "an approver or an owner", in the order of the roles."""
    words = [f"an {role}" if role[0] in "aeo" else f"a {role}" for role in ROLES if role in set(roles)]
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def refusal_words(url: str) -> str:
    """Who may send a form to an address of ours, where who asks may not; empty where they may. For templates."""
    if not g.get("ops_inside"):
        return ""
    path = url.partition("?")[0].removeprefix(site_path(""))
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="POST")
    except HTTPException:
        return ""
    return "" if may(endpoint) else f"{roles_words(ACCESS.get(endpoint, OWNING))} may"
