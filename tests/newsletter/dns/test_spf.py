"""SPF records: what is one, what it costs, whom it lets send. Answers come from a table."""

from dataclasses import dataclass

import pytest

from newsletter.dns.spf import MAX_LOOKUPS, check_host, count_lookups, find_records, parse_record, resolve_ending


@dataclass(frozen=True)
class Table:
    """Answers by name."""

    said: dict[str, list[str]]

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self.said.get(f"{name} TXT", ()))

    def servers(self, name: str) -> tuple[str, ...]:
        return tuple(self.said.get(f"{name} MX", ()))

    def numbers(self, name: str) -> tuple[str, ...]:
        return tuple(self.said.get(f"{name} A", ()))


NAMES = Table(
    {
        "example.org A": ["192.0.2.1"],
        "example.org MX": ["mx.example.org"],
        "mx.example.org A": ["192.0.2.25", "2001:db8::25"],
        "relay.example TXT": ["v=spf1 ip4:198.51.100.0/24 -all"],
        "strict.example TXT": ["v=spf1 ip4:203.0.113.9 ~all"],
        "two.example TXT": ["v=spf1 -all", "v=spf1 ~all"],
        "round.example TXT": ["v=spf1 include:round.example -all"],
        "maze.example TXT": [f"v=spf1 {'include:maze.example ' * 9}-all"],
        "open.example TXT": ["v=spf1 a +all"],
        "ring.example TXT": ["v=spf1 redirect=ring.example"],
        "typo.example TXT": ["v=spf1 ipv4:192.0.2.7 -all"],
    }
)


@pytest.mark.parametrize(
    ("text", "number", "said"),
    [
        ("v=spf1 ip4:192.0.2.7 -all", "192.0.2.7", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.7", "pass"),
        ("v=spf1 ip4:192.0.2.0/29 -all", "192.0.2.8", "fail"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "192.0.2.7", "fail"),
        ("v=spf1 a -all", "192.0.2.1", "pass"),
        ("v=spf1 a/28 -all", "192.0.2.9", "pass"),
        ("v=spf1 a:mx.example.org//64 -all", "2001:db8::99", "pass"),
        ("v=spf1 a:mx.example.org//64 -all", "192.0.2.26", "fail"),
        ("v=spf1 mx ~all", "192.0.2.25", "pass"),
        ("v=spf1 mx ~all", "192.0.2.26", "softfail"),
        ("v=spf1 include:relay.example -all", "198.51.100.7", "pass"),
        ("v=spf1 include:strict.example ?all", "203.0.113.10", "neutral"),  # its ~all is not ours (§5.2)
        ("v=spf1 redirect=relay.example", "198.51.100.7", "pass"),
        ("v=spf1 redirect=relay.example", "203.0.113.7", "fail"),
        ("v=spf1 redirect=none.example", "203.0.113.7", "permerror"),
        ("v=spf1 redirect=relay.example ~all", "198.51.100.7", "softfail"),  # with "all" it counts for nothing (§6.1)
        ("v=spf1 -ip4:192.0.2.7 +all", "192.0.2.7", "fail"),
        ("v=spf1", "192.0.2.7", "neutral"),
        ("v=spf1 +ALL", "192.0.2.7", "pass"),
        ("v=spf1 exists:%{i}.list.example -all", "192.0.2.7", "unknown"),
        ("v=spf1 exists:%{i}.list.example ip4:192.0.2.7 -all", "192.0.2.7", "pass"),
        ("v=spf1 include:two.example -all", "192.0.2.7", "unknown"),
        ("v=spf1 ipv4:192.0.2.7 -all", "192.0.2.7", "permerror"),
        ("v=spf1 include: -all", "192.0.2.7", "permerror"),
        ("v=spf1 ip4:192.0.2.7/33 -all", "192.0.2.7", "permerror"),
        ("v=spf1 ip4:mx.example.org -all", "192.0.2.7", "permerror"),
        ("v=spf1 ip4:2001:db8::1 -all", "192.0.2.7", "permerror"),
        ("v=spf1 ip6:192.0.2.7 -all", "192.0.2.7", "permerror"),
        ("v=spf1 ip4:192.0.2.7 a: -all", "192.0.2.7", "permerror"),
        ("v=spf1 ip4:192.0.2.7 -all/8", "192.0.2.7", "permerror"),
        ("v=spf1 new-modifier=x ip4:192.0.2.7 -all", "192.0.2.7", "pass"),
        ("v=spf1 include:round.example -all", "192.0.2.7", "unknown"),
    ],
)
def test_a_record_says_who_may_send(text: str, number: str, said: str) -> None:
    assert check_host(NAMES, parse_record("example.org", text), number) == said


@pytest.mark.parametrize(
    ("text", "lookups", "broken"),
    [
        ("v=spf1 ip4:192.0.2.7 -all", 0, []),
        ("v=spf1 a mx include:relay.example -all", 3, []),
        ("v=spf1 redirect=relay.example", 1, []),
        ("v=spf1 redirect=relay.example -all", 0, []),
        ("v=spf1 include:none.example include:two.example -all", 2, ["none.example", "two.example"]),
        ("v=spf1 include:round.example -all", 11, []),
        ("v=spf1 include:%{d}.example -all", 1, []),
        ("v=spf1 include:typo.example -all", 1, ["typo.example"]),
    ],
)
def test_the_look_ups_of_a_record_and_all_it_includes_are_counted(text: str, lookups: int, broken: list[str]) -> None:
    found = count_lookups(NAMES, parse_record("example.org", text))

    assert (found.lookups, found.broken) == (lookups, broken)


def test_records_that_include_one_another_again_and_again_take_no_time() -> None:
    assert count_lookups(NAMES, parse_record("example.org", "v=spf1 include:maze.example -all")).lookups > MAX_LOOKUPS


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("v=spf1 a -all", "-all"),
        ("v=spf1 a all", "+all"),
        ("v=spf1 a ?all", "?all"),
        ("v=spf1 redirect=relay.example", "redirect"),
        ("v=spf1 a", ""),
    ],
)
def test_how_a_record_ends_is_known(text: str, end: str) -> None:
    assert parse_record("example.org", text).end == end


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("v=spf1 redirect=relay.example", "-all"),
        ("v=spf1 redirect=open.example", "+all"),
        ("v=spf1 redirect=open.example ~all", "~all"),
        ("v=spf1 redirect=none.example", "redirect"),
        ("v=spf1 redirect=ring.example", "redirect"),
    ],
)
def test_a_record_ends_as_the_one_that_it_is_redirected_to(text: str, end: str) -> None:
    assert resolve_ending(NAMES, parse_record("example.org", text)) == end


def test_only_texts_of_this_version_are_records() -> None:
    names = Table({"a.example TXT": ["v=spf10 -all", "V=SPF1 -all", "google-site-verification=x", "v=spf1"]})

    assert find_records(names, "a.example") == ("V=SPF1 -all", "v=spf1")
