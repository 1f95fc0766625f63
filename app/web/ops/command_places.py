"""Command places: on which page each command of the terminal can be done, or why it is the terminal's alone.

Whoever adds a command gives it its line here: a test compares.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """Where a command is on these pages, identified by the command as it is typed."""

    command: str  # "reviews withdraw", without the program's name
    words: str  # what it does there; or why it is the terminal's alone
    endpoint: str = ""  # of the page that does it, or leads to it; empty: the terminal alone


COMMAND_PLACES = (
    CommandPlace("scrape", "Read the sources now, accept a page that was doubted", "ops.sources"),
    CommandPlace("sources list", "The state of each source", "ops.sources"),
    CommandPlace("sources show", "Five entries beside the page’s own words", "ops.sources"),
    CommandPlace("sources replay", "The kept pages read again", "ops.sources"),
    CommandPlace("sources try", "How an unknown page could be read", "ops.try_page"),
    CommandPlace("reviews list", "The reviews, and which were taken down", "ops.review_list"),
    CommandPlace("reviews show", "One review with its history", "reviews.search"),
    CommandPlace("reviews search", "The search", "reviews.search"),
    CommandPlace("reviews export", "Below any results of the search, as a table", "reviews.search"),
    CommandPlace("reviews check-links", "Look which links still lead to their reports", "ops.link_states"),
    CommandPlace("reviews withdraw", "Take a review down", "ops.review_list"),
    CommandPlace("reviews restore", "Undo that", "ops.review_list"),
    CommandPlace("reviews questions", "Entries that are held back, on the source’s page", "ops.sources"),
    CommandPlace("reviews allow", "Say that it is another review", "ops.sources"),
    CommandPlace("reviews refuse", "Say that it is the withdrawn one", "ops.sources"),
    CommandPlace("issue list", "The issues", "ops.issue_list"),
    CommandPlace("issue show", "An issue, and its preview", "ops.issue_list"),
    CommandPlace("issue build", "Build it anew", "ops.issue_list"),
    CommandPlace("issue edit", "Edit", "ops.issue_list"),
    CommandPlace("issue preview", "Preview", "ops.issue_list"),
    CommandPlace("issue test-send", "Send a test", "ops.issue_list"),
    CommandPlace("issue approve", "Approve", "ops.issue_list"),
    CommandPlace("issue send", "Send it now", "ops.issue_list"),
    CommandPlace("issue pause", "Pause it", "ops.issue_list"),
    CommandPlace("issue resume", "Let it go on", "ops.issue_list"),
    CommandPlace("issue resend-failed", "Send it again to whom it did not reach", "ops.queue_list"),
    CommandPlace("issue correct", "Correct an issue that was sent", "ops.issue_list"),
    CommandPlace("issue settle", "Say that an issue went out before a backup was restored", "ops.issue_list"),
    CommandPlace("subscribers list", "All readers, masked", "ops.everybody"),
    CommandPlace("subscribers stats", "How many readers there are", "ops.people"),
    CommandPlace("subscribers add", "Add a reader", "ops.add_reader"),
    CommandPlace("subscribers import", "Add readers from a file", "ops.import_start"),
    CommandPlace("subscribers export", "Readers as a file", "ops.people"),
    CommandPlace("subscribers end", "End a subscription, on the reader’s page", "ops.people"),
    CommandPlace("subscribers erase", "Delete all that is kept of a reader, on their page", "ops.people"),
    CommandPlace("subscribers restore", "Bring back readers whose mail was refused", "ops.bounces"),
    CommandPlace("refusals list", "What servers wrote that was not understood", "ops.refusals"),
    CommandPlace("refusals label", "Say what it means", "ops.refusals"),
    CommandPlace("refusals unlabel", "Take that back", "ops.refusals"),
    CommandPlace("status", "Whether all is well", "ops.state"),
    CommandPlace("backup", "A copy of the database to keep elsewhere", "ops.copies"),
    CommandPlace("export-site", "The archive as files", "ops.copies"),
    CommandPlace("accounts list", "Everybody’s account", "ops.account_list"),
    CommandPlace("accounts invite", "Invite somebody", "ops.invite"),
    CommandPlace("accounts role", "Give somebody another role", "ops.account_list"),
    CommandPlace("accounts close", "Close an account", "ops.account_list"),
    CommandPlace("accounts reopen", "Let somebody in again", "ops.account_list"),
    CommandPlace("accounts password", "Send somebody a link for a new password", "ops.account_list"),
    CommandPlace("accounts sessions", "Where you are logged in, on your own account", "ops.account"),
    CommandPlace("accounts reset-second-factor", "Take somebody’s second step away", "ops.account_list"),
    CommandPlace("demo", "It makes an installation of its own, with invented reviews, to be looked at."),
    CommandPlace("init", "It makes this installation: before it there are no pages."),
    CommandPlace("serve", "It serves these pages, and runs the timer."),
    CommandPlace("worker", "It sends mail from another machine, which has no pages."),
    CommandPlace("check", "It reads the configuration with its secrets, as the machine has them."),
    CommandPlace(
        "password",
        "Whoever has the machine may set it anew: were it on a page, whoever is at the page could lock everybody out.",
    ),
    CommandPlace(
        "mail authorise",
        "It asks a provider for the tokens of a mailbox, which are kept on the machine and shown to nobody.",
    ),
    CommandPlace(
        "restore",
        "It puts another file in the place of the database that these pages, the accounts and the log-ins are in: "
        "nothing else may run meanwhile, these pages least of all.",
    ),
    CommandPlace("tick", "It does what is due, once, for machines whose own timer calls it."),
    CommandPlace("bounce", "It takes a returned message from the mail server of the same machine."),
    CommandPlace("completion", "It completes what is typed in a shell."),
)
FILE_REASONS = (
    (
        "The configuration, casereviews.toml and .env",
        "They say where mail goes, which sites are asked and where the database is, and hold secrets: whoever may "
        "change them may do anything.",
    ),
    (
        "Several machines",
        "Which machine sends is decided on the machines: one that was set aside must not take itself back.",
    ),
)
MACHINE_STEPS = (  # what is wrong, what is typed at the machine, and what that does
    (
        "The settings changed while it runs",
        ("systemctl reload casereviews",),
        "It takes them into use. Where no service runs it: stop the program and start it again. Nothing is lost.",
    ),
    (
        "The timer does not run, or is stuck",
        ("casereviews serve", "casereviews tick"),
        "Stop the program and start it again, or have the machine’s own timer run a tick every few minutes. Meanwhile "
        "the page of what is due does it.",
    ),
    (
        "The database woke on another machine, or in another folder",
        ("casereviews init --here",),
        "Stop the other one for good first: then this one mails again.",
    ),
    ("A library is not installed", ("make install",), "In the folder of its sources: it installs all optional parts."),
    ("The clock is wrong", ("timedatectl set-ntp true",), "It is set by time servers from then on."),
    ("The disk is nearly full", ("df -h",), "It says what is full. Move away or delete what is not needed."),
    ("The database is damaged", ("casereviews check", "casereviews restore"), "The damaged file is kept."),
)
