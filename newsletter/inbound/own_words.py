"""Own words of a mail: what a person wrote beside what they quote, read for a wish to leave the list."""

import re
from html import unescape
from typing import Literal

LeaveWish = Literal["leave", "stay", "none", "other"]  # none: no words at all; other: words that say neither
MAX_READ_CHARS = 65_536
MAX_WISH_CHARS = 600  # a wish stands first; what follows may be an office's words under every mail

_STYLE = re.compile(r"<(style|script|title)\b[^<]*</\1>", re.I)
_TAG = re.compile(r"<[a-z/!][^<>]{0,1000}>", re.I)
_LINE_TAG = re.compile(r"<(br|/?(p|div|tr|li|h\d|table|pre|hr))\b[^<>]{0,1000}>", re.I)
_QUOTE_TAG = re.compile(r"<blockquote\b.*", re.I | re.S)
_REST_IS_QUOTED = re.compile(  # Outlook's, Gmail's and Apple's lines before a whole message
    r"^[ \t]*(-{2,20} ?(original|forwarded|ursprüngliche|weitergeleitete)[^\n]{0,40}-{2,20}|begin forwarded message"
    r"|_{10,80}[ \t]*$"
    r"|(from|von|de|da|oddi wrth) ?:[^\n]{0,400}\n\s{0,20}(sent|date|to|subject|gesendet|envoyé|anfonwyd) ?:)",
    re.I | re.M,
)
_QUOTED_LINE = re.compile(r"[ \t]*[>|]")
_SAID_BEFORE = re.compile(
    r"^[ \t]*(on|am|le|ar|el|il)\b[^\n]{3,200}(\n[^\n]{0,80})?(wrote|schrieb|écrit|ysgrifennodd)[^\n]{0,80}:",
    re.I | re.M,
)
_SIGNATURE = re.compile(r"^(-- ?|sent from my [^\n]{1,40}|get outlook for [^\n]{1,40})$", re.I | re.M)
_NEUTRAL_LINE = re.compile(r"^this message was automatically generated[^\n]*$", re.I | re.M)

_LEAVE = re.compile(
    r"\bunsub?scribe?\b|\bunsubscrib(ed|ing)\b|(remove|delete) (me|us|my|this|from)|take (me|us|my \w+|this \w+) off"
    r"|(stop|cease) (sending|mailing|emailing|these|this|the|all)|no more (e-?mails|mail|newsletters)"
    r"|^\W*(please )?(stop|remove|leave|cancel|end|delete|off)(,? please| thanks| thank you)?\W*$"
    r"|\bopt(ing)?[ -]?out\b|no longer (wish|want|need)|(cancel|end) (my|this|the) sub"
    r"|do(n[o']t| not) (wish|want) (to (get|receive)|any more|these|this)|dad-?danysgrifi|tynnwch fi|stopiwch",
    re.I | re.M,
)
_ADVICE = re.compile(  # to others, as stands under mails
    r"\b(if|should) you (wish|want|would like|prefer|no longer|do not)\b[^.\n]*"
    r"|(^|[.!?:]\s{0,5})to (unsubscribe|opt out)\b[^.\n]*",
    re.I | re.M,
)
_NOT = (
    r"\b(do not|don.?t|did not|didn.?t|does not|doesn.?t|never|not|no need to|rather than|instead of|peidiwch â)"
    r"( (please|ever|want|wish|mean|meant|intend|like|to|you|be|been|have|actually|really|just|yet|ask(ed)?)){0,4}"
)
_STAY = re.compile(
    _NOT
    + r" (unsubscrib|remove (me|us|my)|take (me|us) off|opt(ed)? out|stop sending|cancel (my|our)|leave (the|this))"
    r"|\b(keep|leave) (me|us|my \w+) (on|subscribed)|dad-?danysgrifio fi ddim",
    re.I,
)
_QUESTION = re.compile(
    r"\b(how|why|what|who|when|where|whether|did|has|have|does|is)\b[^.?\n]{0,120}(subscrib|remov|stop|leav)[^.\n]{0,120}\?",
    re.I,
)


def own_words(text: str, is_html: bool = False) -> str:
    """The part of a mail's text that is not quoted from another, without its signature."""
    text = text[:MAX_READ_CHARS]
    if is_html:
        text = unescape(_TAG.sub("", _LINE_TAG.sub("\n", _QUOTE_TAG.sub("", _STYLE.sub(" ", text)))))
    for end in (_REST_IS_QUOTED, _SIGNATURE):
        if found := end.search(text):
            text = text[: found.start()]
    text = "\n".join(line for line in text.splitlines() if not _QUOTED_LINE.match(line))
    return _NEUTRAL_LINE.sub("", _SAID_BEFORE.sub("", text)).strip()


def leave_wish(subject: str, own: str) -> LeaveWish:
    """What a person's own words say of their subscription. A question is no wish."""
    own = _ADVICE.sub("", own[:MAX_WISH_CHARS])
    words = f"{subject}\n{' '.join(own.split())}"
    if _STAY.search(words):
        return "stay"
    if _QUESTION.search(words):
        return "other"
    if _LEAVE.search(f"{subject}\n{own}"):
        return "leave"
    return "other" if own else "none"
