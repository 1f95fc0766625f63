"""What a person's own words in a mail are, and whether they ask to leave."""

import pytest

from newsletter.inbound.own_words import leave_wish, own_words

QUOTED = "Unsubscribe here, remove me, stop"


@pytest.mark.parametrize(
    "around",
    [
        "{own}\n\nOn Mon, 2 Nov 2026 at 09:00, Case reviews\n<news@example.org> wrote:\n> {quoted}\n",
        "Ar 2 Tach 2026, ysgrifennodd Case reviews:\n> {quoted}\n\n{own}",
        "{own}\n-----Original Message-----\n{quoted}",
        "{own}\n________________________________\n{quoted}",
        "{own}\nFrom: Case reviews\nSent: Monday\n{quoted}",
        "{own}\nSent from my iPhone\n\n> {quoted}",
        "{own}\n-- \nThe Council. {quoted}",
        "{own}\n---------- Forwarded message ---------\n{quoted}",
    ],
)
def test_what_is_quoted_is_not_said(around: str) -> None:
    assert own_words(around.format(own="Thank you.", quoted=QUOTED)) == "Thank you."


def test_html_is_read_without_its_tags_and_quotes() -> None:
    raw = f"<style>p {{}}</style><p>Remove&nbsp;me</p><blockquote><p>{QUOTED}</p></blockquote>"

    assert own_words(raw, is_html=True).split() == ["Remove", "me"]


@pytest.mark.parametrize(
    ("wish", "subject", "own"),
    [
        ("leave", "Re: Case reviews", "Please unsubscribe me."),
        ("leave", "unsubscribe", ""),
        ("leave", "", "STOP"),
        ("leave", "", "Could you take me off the list?"),
        ("leave", "", "I no longer need these, as I have retired"),
        ("leave", "", "I do not want these any more - unsubscribe"),
        ("leave", "", "Dad-danysgrifiwch fi"),
        ("stay", "Re: Case reviews", "Please do not unsubscribe me"),
        ("stay", "", "I don't want to be unsubscribed"),
        ("stay", "", "Keep me on the list"),
        ("other", "", "How do I unsubscribe a colleague who has left?"),
        ("other", "", "If you wish to unsubscribe from our news, say so."),
        ("other", "Re: Case reviews", "Is the report there as a Word file?"),
        ("none", "Fwd: Case reviews", ""),
    ],
)
def test_a_wish_to_leave_is_told_from_a_question_and_its_opposite(wish: str, subject: str, own: str) -> None:
    assert leave_wish(subject, own) == wish
