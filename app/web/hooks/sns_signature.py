"""SNS signature: whether Amazon signed a notice of a topic of ours, with a certificate from Amazon alone.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import re
from base64 import b64decode
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.web.hooks.webhook_request import ForgedRequest, WebhookRequest, check_age, text_at, time_at

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HOST = r"https://sns\.([a-z0-9-]{1,40})\.amazonaws\.com(?:\.cn)?"
CERTIFICATE_URL = re.compile(_HOST + r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem", re.ASCII)
CONFIRMATION_URL = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[A-Za-z0-9&=%:._-]{1,1000}", re.ASCII)
_SIGNED_FIELDS = {
    "Notification": "Message MessageId Subject Timestamp TopicArn Type".split(),
    "SubscriptionConfirmation": "Message MessageId SubscribeURL Timestamp Token TopicArn Type".split(),
    "UnsubscribeConfirmation": "Message MessageId SubscribeURL Timestamp Token TopicArn Type".split(),
}


def check_signature(request: WebhookRequest, notice: Any) -> None:
    """Raises ForgedRequest unless Amazon signed it, lately, for a topic that the operator named; NotNow."""
    topic, kind, url = (text_at(notice, name) for name in ("TopicArn", "Type", "SigningCertURL"))
    place = CERTIFICATE_URL.fullmatch(url)
    if topic not in request.hooks.ses_topics:
        raise ForgedRequest("a topic that is not in hooks.ses_topics")
    if kind not in _SIGNED_FIELDS or not place or place[1] != topic.split(":")[3]:
        raise ForgedRequest("no certificate of Amazon's is named for the topic's region")
    check_age(request, time_at(notice, "Timestamp"))
    signed = "".join(
        f"{name}\n{text_at(notice, name)}\n"
        for name in _SIGNED_FIELDS[kind]
        if name != "Subject" or "Subject" in notice
    )
    _verify(_load_certificate(request.certificate(url)), notice, signed.encode(), request.now)


@lru_cache(maxsize=8)
def _load_certificate(pem: bytes) -> "Certificate":
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(pem)
    except ValueError as e:
        raise ForgedRequest("the certificate cannot be read") from e


def _verify(certificate: "Certificate", notice: Any, signed: bytes, now: datetime) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    key, algorithm = certificate.public_key(), {"1": SHA1, "2": SHA256}.get(text_at(notice, "SignatureVersion"))
    if algorithm is None or not isinstance(key, RSAPublicKey):
        raise ForgedRequest("a kind of signature that is not known")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ForgedRequest("the certificate is not valid now")
    try:
        key.verify(b64decode(text_at(notice, "Signature"), validate=True), signed, PKCS1v15(), algorithm())
    except (InvalidSignature, ValueError) as e:
        raise ForgedRequest("the signature is wrong") from e
