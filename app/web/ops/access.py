"""Access table of the operations pages: which roles may use which endpoint, enforced before each request.

Whoever adds a page adds the name of its function to a line of DUTIES; a test walks all addresses and finds the one
that stands in none, which nobody but an owner may use meanwhile. docs/web.md shows the same table.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, g
from werkzeug.exceptions import HTTPException

from app.web.context import site_path
from core.states import APPROVING_ROLES, EDITING_ROLES, ROLES, Role
from db.operator.accounts import Account

EVERYBODY: frozenset[Role] = frozenset(ROLES)
EDITING: frozenset[Role] = frozenset(EDITING_ROLES)
APPROVING: frozenset[Role] = frozenset(APPROVING_ROLES)
OPERATING: frozenset[Role] = frozenset({"operator", "owner"})
OWNING: frozenset[Role] = frozenset({"owner"})


@dataclass(frozen=True, slots=True)
class Duty:
    """What some roles do at the desk, identified by its words; and the endpoints of it, without "ops."."""

    words: str
    roles: frozenset[Role]
    endpoints: str  # names with spaces between them


DUTIES = (
    Duty(
        "Come in, go out, look after one’s own account",
        EVERYBODY,
        "login logout script account end_session end_other_sessions password password_now log_in_code second_step "
        "second_step_now second_step_change own_notices own_notices_now invitation invitation_now oidc_start oidc_back",
    ),
    Duty(
        "Look at the state, the sources, the issues, the counts of the queue, the audit trail",
        EVERYBODY,
        "state first nothing work work_json sources source entries saved_page saved_text saved_look issue_list issue "
        "preview preview_html preview_text queue_list queue hooks audit_trail terminal_only due support wording "
        "review_wording figures review_list review link_states manual manual_page sending sending_now sending_script "
        "correction correction_frame",
    ),
    Duty(
        "Edit an issue: note, order, reviews, corrections; send a test",
        EDITING,
        "edit edit_now add add_now build test test_now correct correct_now amend amend_now "
        "take_back take_back_now correction_check store_correction",
    ),
    Duty(
        "Put right how a review is written, keep that or take it back",
        EDITING,
        "fix_part fix_part_now end_fix keep_fix",
    ),
    Duty(
        "Approve, send, pause and resume an issue; mail a correction",
        APPROVING,
        "approve approve_now send send_now pause mail_correction mail_correction_now",
    ),
    Duty(
        "Read the sources: scrape, accept a page, sign off, say what an entry is",
        OPERATING,
        "scrape accept accept_now sign_off answer_held due_now",
    ),
    Duty("Take a review down, and show it again", EVERYBODY, "withdraw restore_review_check restore_review_now"),
    Duty(
        "Read older years, look at links, try a page; stop such work",
        OPERATING,
        "years read_years look_at_links try_page try_now replay stop_work",
    ),
    Duty(
        "Make copies: of the database with readers’ addresses, of the archive; download them",
        OPERATING,
        "copies make_copy make_site download_file",
    ),
    Duty("Say that an issue went out before a backup was restored", OPERATING, "settle settle_now"),
    Duty("Send an issue again to those whom it did not reach", OPERATING, "again again_now"),
    Duty(
        "Look readers up, change and erase them; refused mail; the outbox with its addresses",
        OPERATING,
        "people find everybody person export unsubscribe unsubscribe_now keep erase erase_now undo_erase bounces "
        "bounces_ours bounces_theirs restore_run restore_person refusals label unlabel outbox outbox_folder "
        "outbox_message outbox_html outbox_source",
    ),
    Duty("Say that the support lines are right", EVERYBODY, "confirm_support"),
    Duty(
        "Add readers, one or a file of them; change what they get; bring back who was refused; readers as a file",
        OPERATING,
        "add_reader add_reader_now wishes wishes_now confirm_again import_start upload_list import_columns "
        "import_columns_now import_check import_problems import_now import_discard export_readers find_refused "
        "restore_refused",
    ),
    Duty("Let a mail provider report", OPERATING, "confirm_hook"),
    Duty(
        "See everybody’s account; invite people, change a role, close an account, bring it back",
        OWNING,
        "account_list change_role close_account reopen_account invite invite_now send_link reset_second_step",
    ),
)
ACCESS: dict[str, frozenset[Role]] = {
    f"ops.{endpoint}": duty.roles for duty in DUTIES for endpoint in duty.endpoints.split()
}


OPEN_ENDPOINTS = {  # before anybody has logged in
    f"ops.{endpoint}" for endpoint in "login log_in_code invitation invitation_now oidc_start oidc_back".split()
}
SETTING_UP_ENDPOINTS = {  # of who has to set up a second step before anything else
    *OPEN_ENDPOINTS,
    *(f"ops.{endpoint}" for endpoint in "logout second_step second_step_now password password_now".split()),
}


def own_account() -> Account:
    """Whose request this is."""
    account: Account = g.ops_account
    return account


def allowed_roles(endpoint: str) -> frozenset[Role]:
    """Which roles may use an endpoint: "ops.scrape"."""
    return ACCESS.get(endpoint, OWNING)


def may(endpoint: str) -> bool:
    """Whether who asks may use an endpoint."""
    return own_account().role in allowed_roles(endpoint)


def duty_words(endpoint: str) -> str:
    """What an endpoint is part of, in words."""
    return next((one.words for one in DUTIES if endpoint.removeprefix("ops.") in one.endpoints.split()), "")


def roles_words(roles: Iterable[Role]) -> str:
    """ "an approver or an owner", in the order of the roles."""
    words = [f"an {role}" for role in ROLES if role in {*roles}]
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def refusal_words(url: str, method: str = "POST") -> str:
    """Which roles may use an address of ours, where who asks may not; empty where they may. For templates."""
    path = url.partition("?")[0].removeprefix(site_path(""))
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method=method)
    except HTTPException:
        return ""
    return "" if not g.get("ops_inside") or may(endpoint) else roles_words(allowed_roles(endpoint))
