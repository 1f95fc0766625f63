"""DNS resolver: TXT, MX, A, AAAA look-ups, each made once."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import HouseError

LOOKUP_TIMEOUT = 10.0  # seconds for one look-up, with all its tries
ALIVE_TIMEOUT = 5.0  # seconds in which a name server that is there answers at all


class DnsLookupFailed(HouseError):
    """No name server told what stands at a name: there may or may not be something."""


@dataclass
class DnsResolver:
    """Look-ups, each made once. `resolver` is dnspython's; the system's own when None."""

    resolver: Any = None
    known: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name, each joined to one text; none where it has none. Raises DnsLookupFailed."""
        found = self._ask(name, "TXT")
        return tuple(b"".join(one.strings).decode("utf-8", "replace") for one in found)

    def servers(self, name: str) -> tuple[str, ...]:
        """The mail servers of a domain, best first; "" for one without mail (RFC 7505). Raises DnsLookupFailed."""
        found = sorted(self._ask(name, "MX"), key=lambda one: one.preference)
        return tuple(one.exchange.to_text(omit_final_dot=True).removesuffix(".").lower() for one in found)

    def numbers(self, name: str) -> tuple[str, ...]:
        """The IPv4 and IPv6 numbers of a name. Raises DnsLookupFailed."""
        return tuple(one.address for kind in ("A", "AAAA") for one in self._ask(name, kind))

    def alive(self) -> bool:
        """Whether any name server answers at all: asked for the root, which every one knows, or will not tell us."""
        try:
            self._ask(".", "NS", ALIVE_TIMEOUT)
        except DnsLookupFailed as e:
            return _is_refusal(e.__cause__)
        return True

    def _ask(self, name: str, kind: str, patience: float = 0.0) -> tuple[Any, ...]:
        asked = (name.lower().rstrip("."), kind)
        if asked not in self.known:
            self.known[asked] = _query_records(self._resolver(), f"{asked[0]}.", kind, patience or LOOKUP_TIMEOUT)
        return self.known[asked]

    def _resolver(self) -> Any:
        from dns.exception import DNSException
        from dns.resolver import get_default_resolver

        if self.resolver is None:
            try:
                self.resolver = get_default_resolver()
            except (DNSException, OSError, ValueError) as e:  # ValueError: of a line there whose address is none
                fix = "Name one in /etc/resolv.conf."
                raise DnsLookupFailed("this machine knows no name server", _error_text(e), fix) from e
        return self.resolver


def _query_records(resolver: Any, name: str, kind: str, patience: float) -> tuple[Any, ...]:
    from dns import exception
    from dns import resolver as asking
    from dns.name import from_text

    shown = name.rstrip(".") or "the root"
    try:
        return tuple(resolver.resolve(from_text(name), kind, lifetime=patience, search=False))
    except (asking.NXDOMAIN, asking.NoAnswer):
        return ()
    except exception.Timeout as e:
        which = f"{shown} ({kind}) within {patience:g} s"
        raise DnsLookupFailed("no name server answered", which, "Try again later.") from e
    except (exception.DNSException, OSError, UnicodeError) as e:
        raise DnsLookupFailed(
            "the name servers could not tell", f"{shown} ({kind}): {_error_text(e)}", "Try again later."
        ) from e


def _is_refusal(error: BaseException | None) -> bool:
    from dns.rcode import REFUSED
    from dns.resolver import NoNameservers

    answers = [response for *_, response in error.kwargs["errors"]] if isinstance(error, NoNameservers) else []
    return any(answer is not None and answer.rcode() == REFUSED for answer in answers)


def _error_text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
