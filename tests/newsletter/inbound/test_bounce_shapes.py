"""Returned messages in the shapes that mail systems write, all invented: each is read for what it says."""

import json
from pathlib import Path

import pytest

from core.bounce_rules import worst_bounce
from newsletter.inbound.bounce_parser import parse_inbound
from tests.bounce_collection import RIGHT, VERDICTS, judge, main

SHAPES = Path(__file__).parents[1] / "bounce_shapes"
TOKEN = "oct-Reader_Token-22chr"
VERDICT = {  # of each file: what it says of its reader
    "hard": (
        "broken-folding codes-alone dragonfly-gone exchange-german exchange-japanese "
        "exchange-html exchange-our-title exchange-online-no-report imail-unknown-user ironport-both "
        "ironport-supplementary laposte-gone mailenable-gone mimecast-incorrect notice-of-ses "
        "opensmtpd-gone reason-in-the-subject symantec-542 workmail-gone group-may-not-exist "
        "exchange-online-details exchange-title-in-the-text gateway-by-subject mdaemon-warning mimesweeper-no-sender "
        "own-address-named-last report-in-a-message sendmail-from-nobody"
    ).split(),
    "soft": (
        "disk-full docomo-unknown exchange-welsh-full "
        "exim-full-scanned google-nxdomain loop no-daemon-but-our-message postfix-lost-in-ehlo "
        "postfix-name-service"
    ).split(),
    "spam": (
        "barracuda-notice "
        "exim-after-mail-from exim-malformed gmail-no-tls laposte-refuses-us microsoft-authentication spamhaus-sender"
    ).split(),
    "unknown": ["no-reason-given"],
    "domain": ["no-mail-taken"],
    "": ["exchange-german-delayed", "exim-warning", "opensmtpd-delayed"],
}
NO_BOUNCE = {
    "complaint-by-sns": "complaint",
    "a-person-asks": "other",
    "a-person-forwards": "other",
    "a-person-forwards-again": "other",
    "a-person-tells-of-a-bounce": "other",
    "away": "automatic",
    "away-with-our-message": "automatic",
    "dmarc-report": "automatic",
    "unheard-of": "other",
}


def test_every_shape_is_in_the_table() -> None:
    known = {*NO_BOUNCE}.union(*VERDICT.values())

    assert known == {file.stem for file in SHAPES.iterdir()}


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize(("name", "verdict"), [(name, kind) for kind, names in VERDICT.items() for name in names])
def test_a_bounce_in_any_shape_is_read(name: str, verdict: str, ending: bytes) -> None:
    said = parse_inbound((SHAPES / f"{name}.eml").read_bytes().replace(b"\n", ending))

    assert (said.form, worst_bounce(said.reports, "reader@example.org")[0]) == ("bounce", verdict)
    assert said.tokens == (TOKEN,)


@pytest.mark.parametrize(("name", "form"), NO_BOUNCE.items())
def test_only_a_mail_system_s_words_are_kept_where_nobody_understands_them(name: str, form: str) -> None:
    said = parse_inbound((SHAPES / f"{name}.eml").read_bytes())

    assert said.form == form
    assert said.unknown_words == (
        "Zustellung unmöglich\nDer Kasten von reader@example.org ist zugenagelt." if name == "unheard-of" else ""
    )


# The public collection, which is not here


@pytest.mark.parametrize(
    ("right", "verdict", "outcome"),
    [
        ("gone", "domain", "right"),
        ("sender", "hard", "ended wrongly: sender"),
        ("gone+passing", "soft", "right"),
        ("passing", "other", "not seen"),
        ("complaint", "automatic", "complaint read as automatic"),
        ("sender", "soft", "sender read as soft"),
    ],
)
def test_a_verdict_is_judged_by_what_is_right_of_a_message(right: str, verdict: str, outcome: str) -> None:
    assert judge(right, verdict) == outcome


def test_the_table_of_a_collection_says_how_much_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for known, shape in (("rhost-apple-05", "opensmtpd-gone"), ("rhost-zoho-03", "workmail-gone")):
        (tmp_path / f"{known}.eml").write_bytes((SHAPES / f"{shape}.eml").read_bytes())

    assert (main([str(tmp_path / "nowhere")]), main([str(tmp_path)])) == (2, 1)
    assert capsys.readouterr().out.splitlines() == [
        "rhost-zoho-03                ended wrongly: sender",
        "    1 right",
        "    1 ended wrongly: sender",
        "2 messages, 0 with two right readings: 50.0% right, 1 ended wrongly, 0 not seen",
    ]


def test_each_message_of_the_collection_has_one_verdict() -> None:
    known = json.loads(VERDICTS.read_bytes())["verdicts"]
    names = [name for group in known.values() for name in group]

    assert len(names) == len(set(names)) == 629
    assert {kind for group in known for kind in group.split("+")} <= RIGHT.keys()
