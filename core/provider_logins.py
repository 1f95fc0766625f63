"""Provider log-ins: how the mail servers of known providers let a program in, as a person reviewed it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from core.config.oauth_table import TokenProvider


@dataclass(frozen=True, slots=True)
class ProviderLogin:
    """A provider's way to log in, identified by its name."""

    name: str
    hosts: tuple[str, ...]  # names of servers, or ends of names that begin with a dot
    password: Literal["yes", "own", "no", "ending"]  # own: one made for the purpose; ending: not for much longer
    oauth: TokenProvider  # empty: it gives no tokens for SMTP and IMAP
    way: str  # in words


def find_provider(host: str) -> ProviderLogin | None:
    """Whose mail server a host is; None where it is not known."""
    name = host.lower().rstrip(".")
    return next((one for one in _load() if any(_is_of(name, host) for host in one.hosts)), None)


def _is_of(name: str, host: str) -> bool:
    return name.endswith(host) if host.startswith(".") else name == host


@cache
def _load() -> tuple[ProviderLogin, ...]:
    table = json.loads(Path(__file__).with_name("provider_logins.json").read_bytes())
    return tuple(ProviderLogin(**one | {"hosts": tuple(one["hosts"])}) for one in table["providers"])
