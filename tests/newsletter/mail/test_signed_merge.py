"""A signed merge gives the bytes that signing each reader's whole message would have given."""

from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clean_text import TOKEN_PLACEHOLDER
from newsletter.issue.reason import reason_added, reason_asked
from newsletter.issue.wording import Wording
from newsletter.mail.dkim import DkimSigner, make_signer
from newsletter.mail.merge import MAILBOX_PLACEHOLDER, MESSAGE_PLACEHOLDER, REASON_PLACEHOLDERS, MergeTemplate
from newsletter.mail.signed_merge import SignedTemplate
from newsletter.mail.transport import dot_stuff
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem, verified
from tests.newsletter.mail.test_merge import STAMPS, TOKENS, WIDE
from tests.newsletter.mail.test_wish_merge import READER, four
from tests.newsletter.samples import WORDING

ADDED = reason_added(WORDING, date(2016, 9, 20), "Ŵyr  &\t<Siân> . " + ".x" * 60)
REASONS = (reason_asked(WORDING), ADDED, ".", "two  spaces")
ODD = f"""\
From:  Case   reviews <news@example.org>
To: \t{MAILBOX_PLACEHOLDER}\x20
Subject: a
\tb  c
Message-ID: <{MESSAGE_PLACEHOLDER}@example.org>

  {TOKEN_PLACEHOLDER}  \t x \t
\x20
.{TOKEN_PLACEHOLDER}\x20
  {REASON_PLACEHOLDERS[0]}
\t{MAILBOX_PLACEHOLDER}\t
{REASON_PLACEHOLDERS[1]}\t .
.
..
{MESSAGE_PLACEHOLDER}  \x20
\x20

"""  # white space wherever relaxing a message takes it away


@cache
def signer() -> DkimSigner:
    return make_signer(DOMAIN, SELECTOR, pem(key()))


def signed_whole(template: MergeTemplate, *own: str) -> bytes:
    return dot_stuff(signer()(template(*own)))


@given(token=TOKENS, message_token=TOKENS, local=st.text("abcxyz.+", min_size=1, max_size=64))
@settings(max_examples=5)
@pytest.mark.parametrize("reason", REASONS, ids=["asked", "added", "a dot", "spaces"])
@pytest.mark.parametrize("wording", [WORDING, WIDE], ids=["short", "long"])
def test_a_merged_signature_is_that_of_the_whole_message(
    wording: Wording, reason: str, token: str, message_token: str, local: str
) -> None:
    template, own = STAMPS[wording.base_url], (f"{local}@example.org", token, message_token, reason)

    assert SignedTemplate(template, signer()).ready(*own) == signed_whole(template, *own)


@pytest.mark.parametrize("reason", REASONS, ids=["asked", "added", "a dot", "spaces"])
def test_white_space_is_relaxed_as_in_the_whole_message(reason: str) -> None:
    template, own = (
        MergeTemplate(ODD.replace("\n", "\r\n").encode()),
        ("reader@example.org", "t" * 22, "m" * 22, reason),
    )

    assert SignedTemplate(template, signer()).ready(*own) == signed_whole(template, *own)
    assert verified(signer()(template(*own)))


def test_a_reader_with_wishes_has_a_signature_of_their_own() -> None:
    template = four().template(("infant deaths",), (), "full")

    assert SignedTemplate(template, signer()).ready(*READER) == signed_whole(template, *READER)


def test_one_readers_signature_is_no_others() -> None:
    template, mine = STAMPS[WORDING.base_url], SignedTemplate(STAMPS[WORDING.base_url], signer()).ready(*READER)
    header = mine.removesuffix(template.ready(*READER))
    other = ("reader@example.org", "o" * 22, "m" * 22, READER[3])

    assert verified(header + template(*READER))
    assert not verified(header + template(*other))
