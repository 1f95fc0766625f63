"""Reports of mail providers: each that is proved takes effect once; forged, old and repeated ones never do."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
import time_machine

from core.states import HookName
from db.mail import bounces, deliveries, provider_events, subscribers
from db.schema.connect import Database
from tests.support import provider_requests as requests
from tests.support.provider_requests import MAKERS, PERIOD, Posted, post, told
from tests.support.signups import NOW
from tests.support.web_site import Site

READER = "reader0@example.org"
HOOK_NAMES: tuple[HookName, ...] = get_args(HookName)


@pytest.fixture
def site(db: Database) -> Iterator[Site]:
    """A house that sent November's issue to two readers."""
    made = requests.site(db, 2)
    with time_machine.travel(made.house.clock.now, tick=False):  # the library of one provider reads the clock itself
        yield made


def status(made: Site, email: str = READER) -> str:
    return made.house.one(email).status


def everything(made: Site) -> list[tuple[str, str]]:
    """What became of each reader and delivery."""
    people = [(one.email, one.status) for one in subscribers.listing(made.db)]
    return people + [(one.token, one.state) for one in deliveries.listing(made.db, PERIOD)]


@pytest.mark.parametrize("name", HOOK_NAMES)
@pytest.mark.parametrize(
    ("kind", "after", "state"),
    [
        ("bounced", "bounced", "refused"),
        ("complained", "complained", "sent"),
        ("unsubscribed", "unsubscribed", "sent"),
        ("delivered", "active", "sent"),
    ],
)
def test_a_report_ends_the_subscription_that_it_is_about_and_no_other(
    site: Site, name: HookName, kind: str, after: str, state: str
) -> None:
    answer = post(site, MAKERS[name](told(site, kind)))

    assert (answer.status_code, answer.text) == (200, "taken\n")
    assert status(site) == after
    assert [one.state for one in deliveries.listing(site.db, PERIOD)] == [state, "sent"]
    assert status(site, "reader1@example.org") == "active"
    assert [(one.provider, one.kind, one.count) for one in provider_events.counts(site.db)] == [(name, kind, 1)]


@pytest.mark.parametrize("name", HOOK_NAMES)
def test_a_full_mailbox_is_a_soft_bounce(site: Site, name: HookName) -> None:
    post(site, MAKERS[name](told(site, reply=requests.FULL)))

    assert status(site) == "active"
    assert [one.kind for one in bounces.listing(site.db, site.house.one(READER).id)] == ["soft"]


@pytest.mark.parametrize("name", HOOK_NAMES)
def test_a_report_counts_once_however_often_it_is_posted(site: Site, name: HookName) -> None:
    posted = MAKERS[name](told(site, "unsubscribed"))
    post(site, posted)
    back = replace(site.house.one(READER), status="active")
    subscribers.update(site.db, back)

    assert post(site, posted).status_code == 200  # else it would be posted for days

    assert status(site) == "active"


def changed(name: HookName, posted: Posted) -> Posted:
    """What somebody posts who saw a report, and wants it to be about another reader."""
    return replace(posted, body=posted.body.replace(b"reader0", b"reader1"))


def unproved(made: Site) -> dict[str, Posted]:
    """Reports that the providers did not send, or sent long ago."""
    what, now = told(made), made.house.clock.now
    old, early = now - timedelta(hours=26), now + timedelta(minutes=11)
    return {
        "ses, changed": changed("ses", requests.ses(what)),
        "ses, another topic": requests.amazon("{}", what.at, TopicArn=f"{requests.TOPIC}2"),
        "ses, another host": requests.amazon("{}", what.at, SigningCertURL="https://sns.example.org/x.pem"),
        "ses, a host that begins alike": requests.amazon(
            "{}", what.at, SigningCertURL=requests.CERTIFICATE.replace(".com/", ".com.example.org/")
        ),
        "ses, in clear": requests.amazon("{}", what.at, SigningCertURL=requests.CERTIFICATE.replace("https", "http")),
        "ses, another region": requests.amazon(
            "{}", what.at, SigningCertURL=requests.CERTIFICATE.replace("eu-west-1", "us-east-1")
        ),
        "ses, a version that is not": replace(
            requests.ses(what),
            body=requests.ses(what).body.replace(b'"SignatureVersion": "2"', b'"SignatureVersion": "3"'),
        ),
        "ses, old": requests.ses(replace(what, at=old)),
        "ses, before all time": requests.amazon("{}", what.at, Timestamp="0001-01-01T00:00:00+05:00"),
        "ses, early": requests.ses(replace(what, at=early)),
        "postmark, no password": replace(requests.postmark(what), headers={}),
        "postmark, another password": requests.postmark(what, "another long password"),
        "postmark, no base64": replace(requests.postmark(what), headers={"Authorization": "Basic é"}),
        "mailgun, another key": requests.mailgun(what, key="another key"),
        "mailgun, another time": replace(
            requests.mailgun(what), body=requests.mailgun(what).body.replace(b'"timestamp": "', b'"timestamp": "1')
        ),
        "mailgun, old": requests.mailgun(what, old),
        "mailgun, no signature": Posted("mailgun", b'{"signature": {}, "event-data": {}}'),
        "sendgrid, changed": changed("sendgrid", requests.sendgrid(what)),
        "sendgrid, old": requests.sendgrid(what, signed_at=old),
        "sendgrid, no signature": replace(requests.sendgrid(what), headers={}),
        "brevo, no token": replace(requests.brevo(what), headers={}),
        "brevo, another token": requests.brevo(what, "another long token of them"),
        "generic, changed": changed("generic", requests.generic(what)),
        "generic, old": requests.generic(what, now - timedelta(minutes=6)),
        "generic, early": requests.generic(what, now + timedelta(minutes=6)),
        "generic, no comma": replace(
            requests.generic(what), headers=requests.generic(what).headers | {"webhook-signature": "v1"}
        ),
        "generic, no UTF-8": replace(requests.generic(what), body=b"\xff"),
    }


def test_what_nobody_proves_changes_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    before = everything(site)

    answers = {name: post(site, posted).status_code for name, posted in unproved(site).items()}

    assert answers == {name: 406 if name.startswith("mailgun") else 403 for name in answers}
    assert everything(site) == before
    assert provider_events.counts(site.db) == []
    assert "reader" not in caplog.text and "nov-Message" not in caplog.text


def test_a_signature_of_mailgun_is_good_for_one_event(site: Site) -> None:
    first = requests.mailgun(told(site, "delivered"), nonce="seen by somebody")
    second = requests.mailgun(told(site, "complained", reader=1, ident="2"), nonce="seen by somebody")

    assert [post(site, one).status_code for one in (first, second)] == [200, 200]

    assert status(site, "reader1@example.org") == "active"


def test_an_old_event_is_not_taken_though_nobody_remembers_it(site: Site) -> None:
    posted = requests.postmark(told(site))
    site.house.clock.move(days=8, hours=1)

    assert post(site, posted).status_code == 200

    assert status(site) == "active"


def test_an_event_of_an_earlier_subscription_ends_no_later_one(site: Site) -> None:
    what = told(site, "complained", at=NOW - timedelta(days=1))

    assert post(site, requests.brevo(what)).status_code == 200

    assert status(site) == "active"


# Whom it is about


@pytest.mark.parametrize(
    ("kind", "message_id", "reply", "after"),
    [
        ("bounced", "", requests.GONE, "bounced"),
        ("complained", "", "", "complained"),
        ("unsubscribed", "", "", "unsubscribed"),
        ("complained", "<confirm-1.20261123T090000Z@news.example.org>", "", "complained"),
        ("bounced", "", requests.FULL, "active"),  # which may be of another's mail
        ("complained", "<another@shop.example.org>", "", "active"),
        ("bounced", "<another@shop.example.org>", requests.GONE, "active"),
    ],
)
def test_an_event_without_our_token_is_about_the_very_address_unless_another_sent_it(
    site: Site, kind: str, message_id: str, reply: str, after: str
) -> None:
    deliveries_sent_by_smtp(site.db)
    post(site, requests.generic(told(site, kind, message_id=message_id, reply=reply)))

    assert status(site) == after


def deliveries_sent_by_smtp(db: Database) -> None:
    db.execute("UPDATE deliveries SET via = 'smtp'")


@pytest.mark.parametrize("address", ["READER0@EXAMPLE.ORG", "reader0+tag@example.org", "nobody", "", "é@\ud800"])
def test_a_stranger_s_address_is_nobody_s(site: Site, address: str) -> None:
    before = [pair for pair in everything(site) if address.lower() != READER]

    assert post(site, requests.brevo(told(site, "complained", token="", address=address))).status_code == 200

    assert address.lower() == READER or everything(site) == before


def test_the_return_path_of_a_report_names_its_delivery(site: Site) -> None:
    what = told(site, message_id="")
    body = json.loads(json.loads(requests.ses(what).body)["Message"])
    body["mail"]["source"] = f"bounces+{what.token.lower()}@example.org"
    body["bounce"]["bouncedRecipients"][0]["emailAddress"] = READER

    post(site, requests.amazon(body, what.at))

    assert status(site) == "bounced"


def test_delivered_makes_an_unknown_delivery_a_sent_one_and_queues_nothing(site: Site) -> None:
    site.db.execute("UPDATE deliveries SET state = 'unknown'")
    site.db.execute("UPDATE deliveries SET state = 'refused' WHERE token LIKE '%2'")

    for number in (0, 1):
        post(site, requests.sendgrid(told(site, "delivered", number, ident=f"{number}")))

    assert [(one.state, one.reply) for one in deliveries.listing(site.db, PERIOD)] == [
        ("sent", "delivered, says sendgrid"),
        ("refused", "250 Ok"),
    ]


# What providers say beside


SUPPRESSED = "Amazon SES has suppressed sending to this address because it has a recent history of bouncing 5.1.1"


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"bounceSubType": "OnAccountSuppressionList"}, "active"),  # Amazon's own list is no word of the server's
        ({"bounceSubType": "Suppressed"}, "active"),
        ({"bounceSubType": "General"}, "bounced"),
    ],
)
def test_a_list_of_amazon_s_own_ends_nobody(site: Site, change: dict[str, str], after: str) -> None:
    what = told(site, reply=SUPPRESSED if change["bounceSubType"] != "General" else requests.GONE)
    body = json.loads(json.loads(requests.ses(what).body)["Message"])
    body["bounce"] |= change

    post(site, requests.amazon(body, what.at))

    assert status(site) == after


@pytest.mark.parametrize(
    "event",
    [
        {"eventType": "Subscription", "subscription": None},
        {"eventType": "Delivery", "delivery": {"recipients": ["\ud800", None]}},
        {"eventType": "Bounce", "bounce": {"bouncedRecipients": [{"emailAddress": "\ud800"}, None]}},
    ],
    ids=["no preferences", "half a character", "no recipient"],
)
def test_of_a_strange_event_nothing_follows(site: Site, event: dict[str, object]) -> None:
    assert post(site, requests.amazon(event, site.house.clock.now)).status_code == 200

    assert status(site) == "active"


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus"])
def test_feedback_that_is_no_complaint_ends_nobody(site: Site, kind: str) -> None:
    what = told(site, "complained")
    body = json.loads(json.loads(requests.ses(what).body)["Message"])
    body["complaint"]["complaintFeedbackType"] = kind

    assert post(site, requests.amazon(body, what.at)).status_code == 200

    assert status(site) == "active"


def edited(posted: Posted, **fields: object) -> Posted:
    return replace(posted, body=json.dumps(json.loads(posted.body) | fields).encode())


def test_words_on_the_way_and_opened_mail_mean_nothing(site: Site) -> None:
    what, before = told(site), everything(site)
    posts = [
        requests.amazon({"eventType": "DeliveryDelay", "mail": {}, "deliveryDelay": {}}, what.at),
        requests.amazon("Successfully validated SNS topic for Amazon SES event publishing.", what.at, "2"),
        edited(requests.postmark(what), Type="Transient"),
        edited(requests.postmark(what), Type="AutoResponder"),
        edited(requests.postmark(told(site, "unsubscribed")), SuppressionReason="HardBounce", Origin="Customer"),
        edited(requests.brevo(what), event="deferred"),
        edited(requests.brevo(what), event="blocked"),
        edited(requests.brevo(what), event="unique_opened"),
        requests.sendgrid(replace(what, kind="dropped")),
        requests.sendgrid(replace(what, kind="open")),
        requests.mailgun(replace(what, kind="opened")),
        requests.generic(replace(what, kind="opened")),
    ]

    assert {post(site, one).status_code for one in posts} == {200}

    assert everything(site) == before


def test_a_batch_is_taken_as_a_whole(site: Site) -> None:
    both = [told(site, reader=number, ident=f"event {number}") for number in (0, 1)]

    assert post(site, requests.sendgrid(*both)).status_code == 200

    found = [bounces.listing(site.db, site.house.one(one.address).id) for one in both]
    assert [[one.kind for one in some] for some in found] == [["hard"], ["hard"]]


def test_as_much_as_sendgrid_sends_at_once_is_taken_and_no_more(site: Site) -> None:
    what = told(site, "delivered", reply="250 Ok" + "." * 7000)
    events = [replace(what, ident=str(number)) for number in range(160)]
    much, too_much = requests.sendgrid(*events[:100]), requests.sendgrid(*events)
    assert 700_000 < len(much.body) < 768 * 1024 < 1024 * 1024 < len(too_much.body)

    assert [post(site, one).status_code for one in (much, too_much)] == [200, 413]

    assert [one.count for one in provider_events.counts(site.db)] == [100]


@pytest.mark.parametrize("body", [b"", b"[", b"[" * 200_000, b'"x"', b"null", b"\xff", b'{"RecordType": ["Bounce"]}'])
def test_what_is_not_understood_is_told_so(site: Site, body: bytes) -> None:
    before = everything(site)

    answer = post(site, replace(requests.postmark(told(site)), body=body))

    assert answer.status_code == (200 if body in (b'"x"', b"null") or b"Bounce" in body else 400)
    assert everything(site) == before


# Topics of Amazon's that ask


def asks(made: Site, **more: str) -> Posted:
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": requests.CONFIRMATION, "Token": "2336412f37"}
    return requests.amazon("You have chosen to subscribe", made.house.clock.now, **fields | more)


def test_a_topic_that_asks_waits_for_the_operator(site: Site) -> None:
    assert post(site, asks(site)).status_code == 200

    assert [(one.topic, one.url) for one in provider_events.list_confirmations(site.db)] == [
        (requests.TOPIC, requests.CONFIRMATION)
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"SubscribeURL": "https://example.org/?Action=ConfirmSubscription&Token=1"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com.example.org/?Action=ConfirmSubscription&Token=1"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&Token=1"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com@example.org/?Action=ConfirmSubscription&Token=1"},
        {"TopicArn": f"{requests.TOPIC}-of-somebody"},
    ],
)
def test_a_topic_is_never_confirmed_at_an_address_that_is_not_amazon_s(site: Site, more: dict[str, str]) -> None:
    assert post(site, asks(site, **more)).status_code == 403

    assert provider_events.list_confirmations(site.db) == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_amazon_s_signature_are_checked(site: Site, version: str) -> None:
    what = told(site)
    body = json.loads(requests.ses(what).body)["Message"]

    assert post(site, requests.amazon(body, what.at, version=version, Subject="Amazon SES")).status_code == 200

    assert status(site) == "bounced"


def test_a_certificate_that_is_out_of_date_proves_nothing(site: Site) -> None:
    old = requests.certificate(site.house.clock.now - timedelta(days=9), days=8)
    site.app.extensions["casereviews.hooks"].certificates.add(requests.CERTIFICATE, old)

    assert post(site, requests.ses(told(site))).status_code == 403


# The door itself


def test_a_hook_without_its_secret_is_not_there(db: Database) -> None:
    bare = Site(db)

    assert {bare.visitor().post(f"/hooks/{name}").status_code for name in (*HOOK_NAMES, "what")} == {404}
    assert bare.visitor().get("/hooks/ses").status_code == 405


def test_refused_reports_are_limited_and_good_ones_are_not(site: Site) -> None:
    bad, good = requests.postmark(told(site), "another long password"), requests.postmark(told(site, "delivered"))

    answers = [post(site, bad).status_code for _ in range(301)]

    assert (set(answers[:300]), answers[300]) == ({403}, 429)
    assert post(site, good).status_code == 429  # of the same network
    site.app.extensions["casereviews.hooks"].refusals.clear()


def test_hundreds_of_reports_a_minute_are_taken_from_one_network(site: Site) -> None:
    posts = [requests.postmark(told(site, "delivered", ident=str(number))) for number in range(301)]

    assert {post(site, one).status_code for one in posts} == {200}


def test_a_database_that_cannot_be_written_makes_the_provider_try_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from core.errors import StoreError

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr("app.web.hooks.group_commit.take_reports", full)
        answer = post(site, requests.postmark(told(site)))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert post(site, requests.postmark(told(site))).status_code == 200
    assert status(site) == "bounced"
