"""States: every closed set of words, as a Literal type; a misspelt one fails the type checker.

A state is the plain string that stands in the database, in the JSON and on the command line. mypy refuses a string
that is not of the set wherever one is assigned, passed, returned or compared (`strict_equality`). It does not see
into `state in ("sent", "refusd")`: groups of states that are asked for stand here, with a name and a type.

The CHECKs of the schema are made from these types, by `members`.
"""

from typing import Any, Literal, get_args

# The collection
ReviewStatus = Literal["current", "missing", "withdrawn"]
ReviewEventKind = Literal["missing", "withdrawn", "returned", "taken down", "restored"]
SectionKind = Literal["background", "learning", "recommendations", "model", "other"]
LabelKind = Literal[SectionKind, "keywords"]  # a label on the page: keywords are no section
LinkState = Literal["live", "moved", "dead", "none", "unchecked"]
ProbeOutcome = Literal["answered", "failed", "busy", "refused", "nowhere"]
SourceHealth = Literal["well", "broken", "stale"]
Nation = Literal["England", "Scotland", "Wales", "Northern Ireland"]

# The issue
IssueStatus = Literal["draft", "approved", "sending", "sent"]
IssueStep = Literal[
    "ask", "asked", "draft", "held", "paused", "approval", "release", "sending", "sent", "skipped", "gone", "restored",
    "settled",
]  # fmt: skip
Edition = Literal["full", "short"]
Medium = Literal["email", "web"]

# Readers
SubscriberStatus = Literal["pending", "active", "paused", "unsubscribed", "bounced", "complained"]
ConsentOrigin = Literal["web", "operator", "import"]

# Mail out and back
DeliveryState = Literal["queued", "sending", "sent", "refused", "failed", "unknown"]
AnswerKind = Literal["sent", "refused", "later", "again", "waits", "unknown"]
DeliveryRoute = Literal["smtp", "outbox"]
TransactionalKind = Literal["confirm", "known"]
InboundForm = Literal["bounce", "complaint", "automatic", "unread", "other"]
BounceKind = Literal["hard", "soft", "spam", "complaint"]

# Checks and counts
Verdict = Literal["ok", "warning", "failure"]
AttemptKind = Literal["letter", "network", "report"]  # what is counted against a cap


def members(states: Any) -> tuple[str, ...]:
    """The words of a set, in the order written: `members(IssueStatus)`."""
    return get_args(states)
