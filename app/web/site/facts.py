"""Facts of an installation: what its settings say of mail, storage, retention; sentences for the pages about it.

A page names a fact as {mail}. It is filled in when the page is shown: so it stays true when the settings change.
"""

from email.utils import parseaddr

from core.clean_text import clean_text
from core.config.hook_table import HookSettings
from core.config.schema import LOOPBACK_HOSTS, Settings
from core.plurals import plural
from core.retention_times import ENDED_RETENTION, UNCONFIRMED_RETENTION
from newsletter.issue.phrases import join_list
from newsletter.mail.transport import read_routing
from services.issues.build_issue import current_wording

ORDINAL_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}  # of days; all others: th


def list_facts(settings: Settings) -> dict[str, str]:
    """Each fact's name with its sentence, in Markdown."""
    collections = [f"the {one}" for one in current_wording(settings).all_collections()]
    return {
        "title": _plain(settings.newsletter.title),
        "site": _plain(settings.site_name),
        "collections": _plain(join_list(collections)),
        "schedule": _schedule(settings),
        "sources": "\n".join(
            f"- {_plain(source.collection or settings.newsletter.collection)}: <{source.url}>"
            for source in settings.sources
        ),
        "sender": _sender(settings),
        "sender_name": _plain(_sender_name(settings)) or "we",
        "contact": _contact(settings),
        "mail": _mail(settings),
        "bounces": _bounces(settings),
        "storage": _storage(settings),
        "unconfirmed": f"{UNCONFIRMED_RETENTION.days} days",
        "left": f"{ENDED_RETENTION.days} days",
    }


def _plain(words: str) -> str:
    """Words of the settings that are to be no Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#&" else char for char in clean_text(words))


def _schedule(settings: Settings) -> str:
    day = settings.schedule.issue_day
    which = day if isinstance(day, str) else f"{day}{ORDINAL_ENDINGS.get(day, 'th')}"
    at = settings.schedule.issue_at
    return f"The email of a month is made on the {which} of the next, at {at}, and sent soon after."


def _sender_name(settings: Settings) -> str:
    """Who sends, where that is not the newsletter's own name."""
    name, address = map(clean_text, parseaddr(settings.mail.sender))
    return "" if name.casefold() == settings.newsletter.title.casefold() else name or address


def _sender(settings: Settings) -> str:
    """Nothing where neither a name nor a postal address is set."""
    who, post = _plain(_sender_name(settings)), _plain(settings.newsletter.postal_address)
    way = ", ".join(filter(None, [f"by {who}" if who else "", post])) if who else f"from {post}"
    return f"{_plain(settings.newsletter.title)} is sent {way}." if who or post else ""


def _contact(settings: Settings) -> str:
    if address := parseaddr(settings.mail.reply_to or settings.first_operator)[1]:
        return f"Write to [{_plain(address)}](mailto:{address})"
    return "Reply to any of our emails"


def _mail(settings: Settings) -> str:
    """How mail leaves, as it is now."""
    relays, reach = [one.mail for one in settings.mail.relay_list], read_routing(settings.mail).reach
    if reach == "nobody":
        return "No email leaves this site at present: what would be sent is written to files on its machine."
    few = " At present a few listed addresses get any: the site is being tried out." if reach == "listed" else ""
    if all(mail.host in LOOPBACK_HOSTS for mail in relays):
        return f"Emails leave through a mail server on the same machine.{few}"
    hosts = " or ".join(f"{_plain(one.host)}{f', of {one.provider}' if one.provider else ''}" for one in relays)
    coded = " by an encrypted connection" if all(mail.security != "none" for mail in relays) else ""
    return f"Emails are handed{coded} to the mail server {hosts}, which passes them on.{few}"


def _bounces(settings: Settings) -> str:
    """Where mail that comes back is read, as far as this program does it."""
    told = "The mail provider reports what could not be delivered. " if settings.hooks != HookSettings() else ""
    if box := settings.bounces.imap_host:
        return f"{told}Mail that comes back is read by a program, from a mailbox at {_plain(box)}."
    return (
        told.strip()
        or "Mail that comes back goes to the address that our emails come from, or is handed to this program."
    )


def _storage(settings: Settings) -> str:
    days = settings.backup.keep_days
    copies = f"A copy of it is made every day and kept for {plural(days, 'day')}." if days else "No copies are made."
    return f"It is kept in one database on the machine that runs this site. {copies}"
