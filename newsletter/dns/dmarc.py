"""DMARC policies, DKIM key records as they stand in DNS (RFC 7489 §6.3, RFC 6376 §3.6.1)."""

import re
from dataclasses import dataclass
from typing import Literal, Protocol

POLICY_VALUES = ("none", "quarantine", "reject")


class TxtLookup(Protocol):
    """Who knows the TXT records of names: newsletter.dns.resolver.Names."""

    def texts(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """What a domain asks receivers to do with mail that is not its own."""

    domain: str  # that the record is of: the one asked for, or the nearest above it that has one
    tags: dict[str, str]
    own: bool  # of the very domain that was asked for

    @property
    def asked(self) -> str:
        """none, quarantine or reject; whatever stands there where it is none of them."""
        whole = self.tags.get("p", "")
        return (whole if self.own else self.tags.get("sp", whole)).lower()

    def aligned(self, sender: str, other: str, by: Literal["aspf", "adkim"]) -> bool:
        """Whether another domain counts as the sender's (§3.1).

        Relaxed, the two need a common organisation: near enough, the one lies within the other, or both within the
        domain of the policy.
        """
        if sender == other:
            return True
        if not other or self.tags.get(by, "r").lower() == "s":
            return False
        return _is_subdomain(sender, other) or _is_subdomain(other, sender) or _is_subdomain(other, self.domain)


def _is_subdomain(inner: str, outer: str) -> bool:
    return inner.endswith(f".{outer}")


def parse_tags(text: str) -> dict[str, str]:
    """A list of tags: "v=DMARC1; p=none" (RFC 6376 §3.2). White space within a value is no part of it."""
    parts = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip(): re.sub(r"\s+", "", value) for name, _, value in parts}


def find_policies(names: TxtLookup, domain: str) -> list[DmarcPolicy]:
    """The DMARC records that count for a domain: its own, else of the nearest domain above it that has one.

    RFC 7489 §6.6.3 asks the organisational domain alone, for which one needs a list of all registries; the nearest
    above is near enough. More than one count as none. Raises DnsLookupFailed.
    """
    above = domain
    while "." in above:
        texts = [text for text in names.texts(f"_dmarc.{above}") if re.match(r"v\s*=\s*DMARC1\s*(;|\Z)", text)]
        if texts:
            return [DmarcPolicy(above, parse_tags(text), above == domain) for text in texts]
        above = above.partition(".")[2]
    return []


def dkim_key_problem(text: str, forms: tuple[str, ...]) -> str:
    """Why a DKIM record does not prove what we sign; empty when it does. `forms`: our public key's."""
    said = parse_tags(text)
    key = said.get("p")
    if said.get("v", "DKIM1") != "DKIM1":
        return f"it begins with v={said['v']}, and must with v=DKIM1"
    if key is None:
        return "it has no p="
    if not key:
        return "its p= is empty: the key is revoked"
    if said.get("k", "rsa") != "rsa":
        return f"it says k={said['k']}, and we sign with rsa"
    if "h" in said and "sha256" not in said["h"].split(":"):
        return f"it allows h={said['h']} only, and we sign with sha256"
    if "s" in said and not {"*", "email"} & set(said["s"].split(":")):
        return f"it is for s={said['s']}, not for email"
    if key not in forms:
        return "its key is another than that of mail.dkim_key"
    return ""
