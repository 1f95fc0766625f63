"""Connection errors in plain words: what TLS, a socket or a mail server said, without Python's own wrapping; pure."""

import re
import ssl

from core.folding import one_line

WRAPPING = re.compile(r"^\[(?:SSL|X509|SYS|CRYPTO|Errno)\b[^\]]*\]\s*|\s*\(_ssl\.c:\d+\)")
TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS at once on that port",
    "RECORD_LAYER_FAILURE": "it does not speak TLS at once on that port",
    "UNEXPECTED_EOF_WHILE_READING": "it hung up as TLS began",
    "UNSUPPORTED_PROTOCOL": "it speaks no version of TLS that is safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks no version of TLS that is safe",
    "NO_PROTOCOLS_AVAILABLE": "it speaks no version of TLS that is safe",
    "DH_KEY_TOO_SMALL": "its key is too short to be safe",
    "EE_KEY_TOO_SMALL": "its key is too short to be safe",
}


def describe_connection_error(error: BaseException) -> str:
    """Why a connection failed, on one line, as a person would say it; a server's own words as it said them."""
    if isinstance(error, UnicodeError):
        return "no host has such a name"
    if code := getattr(error, "smtp_code", 0):
        return one_line(f"{code} {_to_text(getattr(error, 'smtp_error', ''))}")
    reason = str(getattr(error, "reason", "") or "") if isinstance(error, ssl.SSLError) else ""
    if reason and not getattr(error, "verify_message", ""):
        return TLS_REASONS.get(reason, reason.replace("_", " ").lower())
    first = error.args[0] if error.args else ""
    words = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or _to_text(first or error)
    return one_line(WRAPPING.sub("", words)) or "the connection broke"


def _to_text(words: object) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
