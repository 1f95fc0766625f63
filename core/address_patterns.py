r"""The patterns of email addresses: what may be one, and where others write one.

Each serves one question, and none of them says that an address is there (`core.email_address` asks a library that).

- PLAIN: is this whole text an address that every mail server takes, without quotes, comments or foreign letters?
- IN_TEXT: which addresses stand in a header or a sentence?
- IN_REPLY: what of a server's reply was its recipient's choice, and is to be left out before the words are weighed?
- IN_LOG: what may be an address at all, however it is written, and must not be read in a log?
"""

from core.lazy_pattern import lazy_pattern

# RFC 5321 §4.1.2 without quoted strings and address literals; ASCII alone. To be matched in full.
PLAIN = lazy_pattern(
    r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f-\U0010ffff]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?",
)

# Quotes around it are not part of it; one inside may be (o'brien@example.org).
IN_TEXT = lazy_pattern(
    r"[^\s@<>()\[\],;:\"']{1,254}(?:'[^\s@<>()\[\],;:\"']{1,254}){0,4}@[^\s@<>()\[\],;:\"']{1,254}",
)

# Many servers repeat the address, and its owner chose its words: "<quota.exceeded@example.org>: no such user".
# A word is looked at from its beginning alone (or behind a bracket that was taken): else its length would count twice.
IN_REPLY = lazy_pattern(r"<[^<>]*>|(?<![^\s>])\S+@\S+")

# Also in quotes, in a query ("ada%40example.org"), before a list's comma; also as mail (=40) and addresses of pages
# (%40, %2540) write the @, and before a host's number in brackets. Its groups are the local part and the domain.
IN_LOG = lazy_pattern(
    r"(\"[^\"\n]{1,64}\"|[^\s\"<>(),;\[\]@…]{1,128}?)"
    r"(?:@|%(?:25)*40|=40(?=[\w.-]*\.[A-Za-z]{2}))"
    r"(\[[^\]\s]{1,64}\]|(?:[\w-]+\.)*[\w-]+)"
)
AT = lazy_pattern("@|%(?:25)*40|=40")  # one of them stands in whatever IN_LOG finds: a quick look before it
