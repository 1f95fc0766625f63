"""Bounce collection: reads a folder of real returned messages and prints how many verdicts are right.

    make bounces FOLDER=set-of-emails/maildir/bsd

By hand, not in CI. The messages are those of https://github.com/sisimai/set-of-emails (BSD 2-Clause), which are not
kept here; what is right for each stands in tests/newsletter/inbound/collection_verdicts.json.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.bounce_rules import worst_bounce
from newsletter.inbound.bounce_parser import parse_inbound

VERDICTS = Path(__file__).parent / "newsletter" / "inbound" / "collection_verdicts.json"
RECIPIENT = "bounces+kX3vQ-m2Zr7_wB9tLpA4sQ@example.org"
MIN_RIGHT = 0.97  # of all messages
MAX_UNSEEN = 6  # messages
RIGHT = {  # what a message says of its reader, and what it may be read as
    "gone": ("hard", "domain"),
    "passing": ("soft", "delayed"),
    "sender": ("spam",),
    "either": ("hard", "domain", "soft", "spam", "unknown"),  # one may well say one or the other
    "complaint": ("complaint",),
    "nothing": ("automatic", "other", "delayed"),
}
ENDING = ("hard", "domain")


def read_verdict(raw: bytes) -> str:
    """What the program makes of a message: bounce_rules' verdict, or its form where it is no bounce."""
    inbound = parse_inbound(raw, RECIPIENT)
    if inbound.form != "bounce":
        return inbound.form
    mailbox = next((report.recipient for report in inbound.reports if report.recipient), "reader@example.org")
    return worst_bounce(inbound.reports, mailbox)[0] or "delayed"


def judge(right: str, verdict: str) -> str:
    """How a verdict compares with what is right, which may be several things of several readers."""
    kinds = right.split("+")
    if any(verdict in RIGHT[kind] for kind in kinds):
        return "right"
    if verdict in ENDING:
        return f"ended wrongly: {right}"
    if verdict in ("automatic", "other") and right != "complaint":
        return "not seen"
    return f"{right} read as {verdict}"


def compare(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Each message of the folder that has a known verdict: its name, what is right, how it was read."""
    known = json.loads(VERDICTS.read_bytes())["verdicts"]
    right = {name: kind for kind, names in known.items() for name in names}
    for file in sorted(folder.glob("*.eml")):
        if kind := right.get(file.stem):
            yield file.stem, kind, judge(kind, read_verdict(file.read_bytes()))


def main(words: list[str]) -> int:
    """Print the table; 1 where it is not as good as it has to be."""
    results = list(compare(Path(words[0]))) if words and Path(words[0]).is_dir() else []
    if not results:
        print(
            "no message that is known; name the folder: make bounces FOLDER=set-of-emails/maildir/bsd", file=sys.stderr
        )
        return 2
    for name, _, outcome in results:
        if outcome != "right":
            print(f"{name:<28} {outcome}")
    counts = Counter(outcome for _, _, outcome in results)
    for outcome, count in counts.most_common():
        print(f"{count:>5} {outcome}")
    ended = sum(count for outcome, count in counts.items() if outcome.startswith("ended wrongly"))
    share, unseen = counts["right"] / len(results), counts["not seen"]
    either = sum(known == "either" for _, known, _ in results)
    words = f"{share:.1%} right, {ended} ended wrongly, {unseen} not seen"
    print(f"{len(results)} messages, {either} with two right readings: {words}")
    return 0 if not ended and share >= MIN_RIGHT and unseen <= MAX_UNSEEN else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
