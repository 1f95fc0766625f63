"""Command list: the module of each command with its short help, so that --help imports none of them."""

from typing import NamedTuple


class ListedCommand(NamedTuple):
    """One command of the program, identified by its name in the list."""

    module: str  # imported when the command is asked for
    summary: str  # the first sentence of its own help


COMMANDS = {  # in the order a newcomer needs them
    "demo": ListedCommand("app.cli.demo_command", "Show all of it, offline, with invented reviews."),
    "init": ListedCommand("app.cli.init", "Write casereviews.toml, make the database and its secrets."),
    "check": ListedCommand("app.cli.check_command", "Look whether all is set up rightly."),
    "scrape": ListedCommand("app.cli.scrape_command", "Read the sources now, all of them or those named."),
    "sources": ListedCommand("app.cli.source_commands", "What is read, and what could be: list, show, replay, try."),
    "reviews": ListedCommand("app.cli.review_commands", "The collection: list, show, search, export."),
    "issue": ListedCommand("app.cli.issue_commands", "The month's newsletter, from its draft to its readers."),
    "subscribers": ListedCommand("app.cli.subscriber_commands", "Who gets the newsletter."),
    "bounce": ListedCommand("app.cli.bounce_command", "Read one message that came back, from stdin."),
    "refusals": ListedCommand("app.cli.refusal_commands", "What servers said that is not understood."),
    "mail": ListedCommand("app.cli.mail_commands", "Log in where mail is sent and read."),
    "tick": ListedCommand("app.cli.tick_command", "Do whatever is due once, then exit: for cron and systemd."),
    "serve": ListedCommand("app.cli.serve", "Serve the web pages and run the timer, until stopped."),
    "worker": ListedCommand(
        "app.cli.worker_command", "Send mail, look at links, read pages for a coordinator elsewhere."
    ),
    "password": ListedCommand("app.cli.password", "Make the setting that opens the operations pages."),
    "accounts": ListedCommand("app.cli.account_commands", "Who may come to the operations pages."),
    "export-site": ListedCommand("app.cli.export_site", "Write the archive into a folder."),
    "status": ListedCommand("app.cli.status_command", "The state in one screen."),
    "backup": ListedCommand("app.cli.backup_commands", "Copy the database to FILE while anything runs."),
    "restore": ListedCommand("app.cli.backup_commands", "Put the backup FILE in the place of the database."),
    "completion": ListedCommand("app.cli.completion", "Print what makes a shell complete what you type."),
}
