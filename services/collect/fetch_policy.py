"""Fetch policy: who asks the sites we read, how politely, and for how long, from the configuration."""

from dataclasses import replace
from email.utils import parseaddr

from core.config.schema import Settings
from scraper.fetch import FetchRules, user_agent
from scraper.fetch.web_address import is_local


def contact_address(settings: Settings) -> str:
    """The address that a site's owner can write to; empty where none was set that is anybody's."""
    known = (settings.fetch.contact, settings.first_operator, settings.mail.reply_to, settings.mail.sender)
    return next(
        (one for one in known if one and not ("@" in one and is_local(parseaddr(one)[1].rpartition("@")[2]))), ""
    )


def fetch_rules(settings: Settings, minutes: int = 0) -> FetchRules:
    """How addresses are read; `minutes`: what all of them together may take, 0 for no end."""
    fetch = settings.fetch
    site = "" if is_local(settings.host) else settings.base_url
    rules = FetchRules(
        user_agent=user_agent(contact_address(settings), site),
        spacing=fetch.spacing,
        walk_spacing=fetch.walk_spacing if fetch.spacing else 0.0,
        connect_timeout=fetch.connect_timeout,
        read_timeout=fetch.read_timeout,
        deadline=fetch.deadline,
        retries=fetch.retries,
        backoff=fetch.backoff,
        patience=fetch.patience,
    )
    return replace(rules, run_seconds=60.0 * minutes) if minutes else rules
