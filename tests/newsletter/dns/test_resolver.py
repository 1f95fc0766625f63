"""DNS resolver: what this machine says of its name servers."""

from io import StringIO

import pytest
from dns import resolver as asking

from newsletter.dns.resolver import DnsLookupFailed, DnsResolver


@pytest.mark.parametrize("said", ["", "nameserver 192.0.2.1,192.0.2.2\n", "nameserver dns.example.org\n"])
def test_a_machine_without_a_usable_name_server_is_told_so(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = asking.Resolver.read_resolv_conf
    monkeypatch.setattr(asking, "default_resolver", None)
    monkeypatch.setattr(asking.Resolver, "read_resolv_conf", lambda self, file: read(self, StringIO(said)))

    assert not DnsResolver().alive()
    with pytest.raises(DnsLookupFailed, match="this machine knows no name server"):
        DnsResolver().texts("example.org")
