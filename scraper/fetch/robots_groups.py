"""Robots.txt: the groups of user agents as RFC 9309 parts them, and what they let us read."""

import functools
import re

from protego import Protego

PRODUCT_NAME = "casereviews"  # the name that robots.txt knows us by
NOT_TOKEN = re.compile(r"[^A-Za-z_-].*", re.DOTALL)  # from the first sign that no product token has (RFC 9309 §2.2.1)
USER_AGENT_LINE = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*(.*)", re.I)
RULE_LINE = re.compile(r"\s*(allow|di[as]{1,2}a?l+[oa]w)\s*[:\s]", re.I)  # "dissallow" and the like are meant so
CRAWL_DELAY_LINE = re.compile(r"\s*crawl[- ]delay\s*[:\s]", re.I)


@functools.lru_cache(maxsize=64)  # as many as there are hosts asked at once
def parse_robots(text: str) -> Protego:
    """The rules for us and for everybody."""
    return Protego.parse(normalise_groups(text))


def normalise_groups(text: str) -> str:
    """The file with every group named as RFC 9309 has it, for a parser that compares beginnings.

    Of a user agent's name what no product token has is cut off ("casereviews/0.1.0"); other crawlers' names are
    alike, so that none is taken for the beginning of ours. Only rules end a run of user agents (§2.2.1): whatever
    else stands between is nothing (§2.2.4), but for the delay, which goes to all of them.
    """
    lines: list[str] = []
    delays: list[str] = []  # in the run of user agents that no rule has ended yet
    for line in (line.partition("#")[0] for line in text.splitlines()):
        if agent := USER_AGENT_LINE.match(line):
            name = agent[1].strip()
            token = NOT_TOKEN.sub("", name).lower()
            lines.append(f"User-agent: {name if name == '*' else token if token == PRODUCT_NAME else 'other'}")
        elif RULE_LINE.match(line):
            lines += [*delays, line]
            delays = []
        elif CRAWL_DELAY_LINE.match(line):
            delays.append(line)
    return "\n".join([*lines, *delays])
