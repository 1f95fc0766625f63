"""Requests as mail providers post them to their hooks, signed as theirs are; a house that was told who may report."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from core.config.hook_table import HookSettings
from core.email_address import parse_address
from core.records import Consent, Receipt, Subscriber
from core.states import HookName
from db.mail import deliveries, subscribers
from db.schema.connect import Database, write_transaction
from tests.support.queued_deliveries import enqueue
from tests.support.web_site import Site

PERIOD = "2026-11"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CONFIRMATION = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
PASSWORD, KEY, BEARER = "a long password of ours", "key-of-mailgun-for-us", "a long token for Brevo"
GENERIC = "whsec_" + b64encode(b"twenty-four bytes or more!").decode()
GONE = "550 5.1.1 The email account that you tried to reach does not exist"
FULL = "452 4.2.2 The mailbox is full"
ISSUE = """
    INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
        content, html, text, built_at)
    VALUES (?, 'sent', '', '', '[]', '', '', '', '{}', '', '', '')
"""


@dataclass(frozen=True)
class Posted:
    """One request to a hook."""

    name: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What a provider is to report, of whom and when."""

    kind: str
    address: str
    at: datetime
    ident: str = "1"
    message_id: str = ""
    token: str = ""
    reply: str = GONE


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def amazon_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(begins: datetime, days: int = 400) -> bytes:
    """Amazon's, as far as a test goes."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(name, name, amazon_key().public_key(), x509.random_serial_number())
    made = made.not_valid_before(begins).not_valid_after(begins + timedelta(days=days))
    return made.sign(amazon_key(), SHA256()).public_bytes(Encoding.PEM)


def all_hooks() -> HookSettings:
    """Everybody may report."""
    public = sendgrid_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return HookSettings(
        ses_topics=(TOPIC,),
        postmark_password=PASSWORD,
        mailgun_key=KEY,
        sendgrid_key=b64encode(public).decode(),
        brevo_token=BEARER,
        generic_secret=GENERIC,
    )


def fill(db: Database, emails: Iterable[str], began: datetime) -> None:
    """Readers since then, each of whom was sent an issue."""
    people = [parse_address(email) for email in emails]
    consent = Consent(began, "on paper", "import", began)
    readers = (
        Subscriber(one.email, one.key, one.mailbox, f"own_token_of_re{number:07}", began, consent, "active")
        for number, one in enumerate(people)
    )
    with write_transaction(db):
        for one in readers:
            subscribers.add(db, one)
        db.execute(ISSUE, [PERIOD])
        rows = [(one.id, f"nov-Message_Token{one.id:05}", "full") for one in subscribers.listing(db)]
        enqueue(db, PERIOD, rows, began)
    receipts = [Receipt(one.id, "sent", "250 Ok") for one in deliveries.listing(db, PERIOD)]
    deliveries.record_receipts(db, receipts, began)


def site(db: Database, readers: int = 1, emails: Iterable[str] = ()) -> Site:
    """A house that sent an issue to so many readers, and its hooks; Amazon's certificate is at hand."""
    made = Site(db, hooks=all_hooks())
    now = made.house.clock.now
    fill(db, emails or [f"reader{number}@example.org" for number in range(readers)], now)
    made.house.clock.move(minutes=5)
    made.app.extensions["casereviews.hooks"].certificates.add(CERTIFICATE, certificate(now - timedelta(days=30)))
    return made


def told(made: Site, kind: str = "bounced", reader: int = 0, **more: Any) -> Told:
    """What there is to report of a reader's delivery, a minute ago."""
    delivery = deliveries.listing(made.db, PERIOD)[reader]
    own = f"<{PERIOD}.{delivery.token}@{made.settings.host}>"
    at = made.house.clock.now - timedelta(minutes=1)
    return replace(Told(kind, delivery.email, at, message_id=own, token=delivery.token), **more)


def post(made: Site, posted: Posted) -> TestResponse:
    """Hand it in as the provider does."""
    client = made.app.test_client()
    headers = {"Content-Type": "application/json"} | posted.headers
    return client.post(f"/hooks/{posted.name}", data=posted.body, headers=headers, base_url=made.address)


def amazon(event: Any, at: datetime, ident: str = "1", version: str = "2", **more: str) -> Posted:
    """A notice of SNS. `more`: its fields, in place of these."""
    notice = {
        "Type": "Notification",
        "MessageId": ident,
        "TopicArn": TOPIC,
        "Message": event if isinstance(event, str) else json.dumps(event),
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
    } | more
    names = "Message MessageId SubscribeURL Subject Timestamp Token TopicArn Type".split()
    signed = "".join(f"{name}\n{notice[name]}\n" for name in names if name in notice).encode()
    algorithm: HashAlgorithm = SHA1() if version == "1" else SHA256()
    signature = amazon_key().sign(signed, PKCS1v15(), algorithm)
    return Posted("ses", json.dumps({"Signature": b64encode(signature).decode()} | notice).encode())


def ses(what: Told) -> Posted:
    recipient = {"emailAddress": what.address, "action": "failed", "diagnosticCode": f"smtp; {what.reply}"}
    stamp = {"timestamp": what.at.isoformat()}
    parts: dict[str, tuple[str, Any]] = {
        "bounced": (
            "bounce",
            {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [recipient]},
        ),
        "complained": ("complaint", {"complainedRecipients": [recipient], "complaintFeedbackType": "abuse"}),
        "delivered": ("delivery", {"recipients": [what.address]}),
        "unsubscribed": ("subscription", {"newTopicPreferences": {"unsubscribeAll": True}}),
    }
    name, part = parts[what.kind]
    mail = {"source": "bounces@example.org", "destination": [what.address], "tags": {}}
    headers = [{"name": "Message-ID", "value": what.message_id}] if what.message_id else []
    event = {"eventType": name.capitalize(), "mail": mail | {"headers": headers}, name: part | stamp}
    return amazon(event, what.at, what.ident)


def postmark(what: Told, password: str = PASSWORD) -> Posted:
    at = what.at.isoformat().replace("+00:00", ".1234567Z")
    common = {"MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": {"casereviews": what.token}}
    parts = {
        "bounced": {"RecordType": "Bounce", "ID": what.ident, "Type": "HardBounce", "Email": what.address,
                    "BouncedAt": at, "Details": f"smtp;{what.reply}"},
        "complained": {"RecordType": "SpamComplaint", "ID": what.ident, "Type": "SpamComplaint",
                       "Email": what.address, "BouncedAt": at},
        "delivered": {"RecordType": "Delivery", "Recipient": what.address, "DeliveredAt": at, "Details": "250 Ok"},
        "unsubscribed": {"RecordType": "SubscriptionChange", "Recipient": what.address, "ChangedAt": at,
                         "SuppressSending": True, "SuppressionReason": "ManualSuppression", "Origin": "Recipient"},
    }  # fmt: skip
    basic = b64encode(f"casereviews:{password}".encode()).decode()
    return Posted("postmark", json.dumps(common | parts[what.kind]).encode(), {"Authorization": f"Basic {basic}"})


def mailgun(what: Told, signed_at: datetime | None = None, key: str = KEY, nonce: str = "") -> Posted:
    stamp, token = str(int((signed_at or what.at).timestamp())), nonce or f"token of {what.ident}"
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    event = {
        "event": {"bounced": "failed"}.get(what.kind, what.kind),
        "severity": "permanent",
        "id": what.ident,
        "timestamp": what.at.timestamp(),
        "recipient": what.address,
        "message": {"headers": {"message-id": what.message_id.strip("<>")}},
        "delivery-status": {"code": int(what.reply[:3]), "message": what.reply},
    }
    body = {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": event}
    return Posted("mailgun", json.dumps(body).encode())


def sendgrid(*events: Told, signed_at: datetime | None = None) -> Posted:
    names = {"bounced": "bounce", "complained": "spamreport", "unsubscribed": "unsubscribe"}
    body = json.dumps(
        [
            {
                "event": names.get(one.kind, one.kind),
                "email": one.address,
                "timestamp": int(one.at.timestamp()),
                "smtp-id": one.message_id,
                "sg_event_id": one.ident,
                "reason": one.reply,
            }
            for one in events
        ]
    ).encode()
    stamp = str(int((signed_at or events[0].at).timestamp()))
    signature = sendgrid_key().sign(stamp.encode() + body, ec.ECDSA(SHA256()))
    name = "X-Twilio-Email-Event-Webhook"
    return Posted("sendgrid", body, {f"{name}-Timestamp": stamp, f"{name}-Signature": b64encode(signature).decode()})


def brevo(what: Told, bearer: str = BEARER) -> Posted:
    names = {"bounced": "hard_bounce", "complained": "spam", "unsubscribed": "unsubscribed"}
    event = {
        "event": names.get(what.kind, what.kind),
        "email": what.address,
        "ts_epoch": int(what.at.timestamp() * 1000),
        "message-id": f"<{what.ident}@smtp-relay.mailin.fr>",
        "X-Mailin-custom": what.token,
        "reason": f" RecipientError: {what.reply}",
    }
    return Posted("brevo", json.dumps(event).encode(), {"Authorization": f"Bearer {bearer}"})


def generic(what: Told, signed_at: datetime | None = None) -> Posted:
    data = {"message_id": what.message_id, "recipient": what.address, "reply": what.reply}
    body = json.dumps({"type": f"email.{what.kind}", "timestamp": what.at.isoformat(), "data": data})
    at = signed_at or what.at
    headers = {
        "webhook-id": what.ident,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(GENERIC).sign(what.ident, at, body),
    }
    return Posted("generic", body.encode(), headers)


MAKERS: dict[HookName, Callable[[Told], Posted]] = {
    "ses": ses,
    "postmark": postmark,
    "mailgun": mailgun,
    "sendgrid": sendgrid,
    "brevo": brevo,
    "generic": generic,
}
