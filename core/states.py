"""States: every closed set of words, as a Literal type; a misspelt one fails the type checker.

A state is the plain string that stands in the database, in the JSON and on the command line. mypy refuses a string
that is not of the set wherever one is assigned, passed, returned or compared (`strict_equality`); a plugin of ours
does so inside `state in ("sent", "refusd")`. The CHECKs of the schema are made from these types, by `members`, and a
lint holds the SQL of db/ to them.
"""

from typing import Any, Literal, get_args

# The collection
ReviewStatus = Literal["current", "missing", "withdrawn"]
REVIEW_STATUSES: tuple[ReviewStatus, ...] = get_args(ReviewStatus)
ReviewEventKind = Literal["missing", "withdrawn", "returned", "taken down", "restored"]
ListingEventKind = Literal["missing", "withdrawn", "returned"]  # those that its collection brought about
LISTING_EVENTS: tuple[ListingEventKind, ...] = get_args(ListingEventKind)
TakedownAnswer = Literal["another", "same"]  # what an entry that looks like a review that was taken down is
AcceptedChange = Literal["cases", "page"]  # what a read that is taken as good has shown to have changed
ACCEPTED_CHANGES: tuple[AcceptedChange, ...] = get_args(AcceptedChange)
SectionKind = Literal["background", "learning", "recommendations", "model", "other"]
LabelKind = Literal[SectionKind, "keywords"]  # a label on the page: keywords are no section
# unreached: not by us, which says nothing of others; unchecked: never looked at, or what came says nothing
LinkState = Literal["live", "moved", "unreached", "dead", "none", "unchecked"]
LINK_STATES: tuple[LinkState, ...] = get_args(LinkState)
# failed: no answer, or a passing fault; busy, refused: not asked; nowhere: no address
ProbeOutcome = Literal["answered", "failed", "busy", "refused", "nowhere"]
SourceHealth = Literal["well", "frozen", "broken", "stale"]
SOURCE_HEALTHS: tuple[SourceHealth, ...] = get_args(SourceHealth)
GOOD_HEALTHS: tuple[SourceHealth, ...] = ("well", "frozen")  # it is read; frozen: its list has been silent for long
Nation = Literal["England", "Scotland", "Wales", "Northern Ireland"]
NATIONS: tuple[Nation, ...] = get_args(Nation)

# The issue
IssueStatus = Literal["draft", "approved", "sending", "sent"]
OPEN_STATUSES: tuple[IssueStatus, ...] = ("draft", "approved")  # it may still change; past that it is frozen
FROZEN_STATUSES: tuple[IssueStatus, ...] = ("sending", "sent")
MailingStatus = Literal["sending", "sent", "stopped"]  # of a correction that is mailed at once
IssueStep = Literal[
    "ask", "asked", "draft", "held", "paused", "approval", "release", "sending", "sent", "skipped", "gone", "restored",
    "settled",
]  # fmt: skip
IssueMark = Literal["late", "skipped", "discarded", "settled", "restored"]  # what was decided of a month
Edition = Literal["full", "short"]
EDITIONS: tuple[Edition, ...] = get_args(Edition)
# What a reader with topics or nations gets of the reviews that are not among them: each in full, a line each, nothing
RestOfIssue = Literal["full", "lines", "none"]
RESTS_OF_ISSUE: tuple[RestOfIssue, ...] = get_args(RestOfIssue)
AlertCadence = Literal["month", "week", "day"]  # how often a saved search tells what it found
Medium = Literal["email", "web"]
Detail = Literal["full", "first sentence", "heading"]  # how much of a review is passed on
ReviewOrder = Literal["publisher", "theme", "age", "name", "year", "first_seen"]  # of the reviews in an issue
REVIEW_ORDERS: tuple[ReviewOrder, ...] = get_args(ReviewOrder)

# Readers
SubscriberStatus = Literal["pending", "active", "paused", "unsubscribed", "bounced", "complained"]
SUBSCRIBER_STATUSES: tuple[SubscriberStatus, ...] = get_args(SubscriberStatus)
SUBSCRIBED_STATUSES: tuple[SubscriberStatus, ...] = ("active", "paused")
EndedStatus = Literal["unsubscribed", "bounced", "complained"]
ENDED_STATUSES: tuple[EndedStatus, ...] = get_args(EndedStatus)  # they come back by their own wish only
MAILABLE_STATUSES: tuple[SubscriberStatus, ...] = ("pending", "active", "paused", "unsubscribed")  # when they ask
LEFT_STATUSES: tuple[EndedStatus, ...] = ("unsubscribed", "complained")  # by their own wish
ConsentOrigin = Literal["web", "operator", "import"]
SuppressionReason = Literal["erased", "left"]  # why an address must not be imported again

# What the journal beside the database says: of a message, whether it left; of a reader, what they did last
MessageMark = Literal["begun", "sent", "back"]  # back: it was not taken, or a person has it sent again
MESSAGE_MARKS: tuple[MessageMark, ...] = get_args(MessageMark)
# What becomes of readers, as it is counted by month; left: erased ones too; returned: bounced, and brought back
ReaderChange = Literal["joined", "left", "bounced", "complained", "returned"]
READER_CHANGES: tuple[ReaderChange, ...] = get_args(ReaderChange)
ReaderMark = Literal[SubscriberStatus, SuppressionReason]
READER_MARKS: tuple[ReaderMark, ...] = get_args(ReaderMark)

# Mail out and back
DeliveryState = Literal["queued", "sending", "sent", "refused", "failed", "unknown"]
DELIVERY_STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)
FINAL_STATES: tuple[DeliveryState, ...] = ("sent", "refused", "failed", "unknown")
UNDELIVERED_STATES: tuple[DeliveryState, ...] = ("refused", "failed", "unknown")
AnswerKind = Literal["sent", "refused", "later", "again", "waits", "unknown"]
DeliveryRoute = Literal["smtp", "outbox"]
DeliveredBy = Literal[DeliveryRoute, ""]  # empty: not delivered yet
MailReach = Literal["nobody", "listed", "everybody"]  # who gets real mail
ProofKind = Literal["data", "erase"]  # what a reader proves that they may do, by a link mailed to them
# search: a saved search to confirm; address: a new address to confirm; moved: the old address is told
LinkKind = Literal[ProofKind, "search", "address", "moved"]  # emails whose link proves who reads them
PromptKind = Literal["confirm", "known", LinkKind]  # somebody waits for it now
TransactionalKind = Literal[PromptKind, "alert"]  # alert: what a reader's saved searches found
InboundForm = Literal["bounce", "complaint", "automatic", "other"]
BounceKind = Literal["hard", "domain", "soft", "spam", "unknown", "complaint"]  # unknown: nobody knows the words
BounceSource = Literal["refusal", "returned", "provider"]  # the server refused it; it came back; a provider tells
BounceStanding = Literal["counted", "held", "void"]  # held: the operator is asked; void: it was us
BounceAnswer = Literal["us", "them"]  # whose fault the operator says it is
PriorStatus = Literal["active", "paused", ""]  # that a bounce ended; empty: it ended nothing
MailProvider = Literal["ses", "postmark", "mailgun", "sendgrid", "brevo"]
HookName = Literal[MailProvider, "generic"]  # who may report: /hooks/NAME
ProviderEventKind = Literal["delivered", "bounced", "complained", "unsubscribed"]
ProviderEventMark = Literal[ProviderEventKind, "request"]  # what is known by its digest; request: a signed one
# What words of a refusal mean, as the operator says
RefusalMeaning = Literal["gone", "domain", "passing", "content", "sender", "nothing"]
REFUSAL_MEANINGS: tuple[RefusalMeaning, ...] = get_args(RefusalMeaning)

# Who works at the desk
Role = Literal["editor", "approver", "operator", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)
EDITING_ROLES: tuple[Role, ...] = ("editor", "approver", "owner")
APPROVING_ROLES: tuple[Role, ...] = ("approver", "owner")
ApprovalRule = Literal["one person", "two people"]  # two: whoever last changed an issue does not approve it
# What a person at the desk is told of by email
# trouble: something broke, or asks; approval: a draft is ready, or waits for a yes; takedown: an entry looks like a
# review that was taken down; delivery: what became of an issue
OperatorNotice = Literal["trouble", "approval", "takedown", "delivery"]
OPERATOR_NOTICES: tuple[OperatorNotice, ...] = get_args(OperatorNotice)

# Checks and counts
Verdict = Literal["ok", "warning", "failure"]
SpfResult = Literal["pass", "fail", "softfail", "neutral", "permerror", "unknown"]
AttemptKind = Literal["address", "network", "report"]  # what is counted against a cap


def members(states: Any) -> tuple[str, ...]:
    """The words of a set, in the order written: `members(IssueStatus)`."""
    return get_args(states)
