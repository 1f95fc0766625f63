"""Erasure seal: what was held of an erased person, encrypted by a key that only their address gives back.

The key is a keyed hash of the mailbox, and it is stored nowhere: whoever has the database and not the address cannot
read it. (Fernet: AES in CBC mode with an HMAC.)
"""


def seal_text(secret: str, mailbox_key: str, text: str) -> bytes:
    """A text that only the same mailbox opens."""
    from cryptography.fernet import Fernet  # 30 ms that hardly any command needs

    return Fernet(_derive_key(secret, mailbox_key)).encrypt(text.encode())


def open_seal(secret: str, mailbox_key: str, sealed: bytes) -> str:
    """What was sealed."""
    from cryptography.fernet import Fernet

    return Fernet(_derive_key(secret, mailbox_key)).decrypt(sealed).decode()


def _derive_key(secret: str, mailbox_key: str) -> bytes:
    """Not the hash that stays of the address, nor one that can be had from it."""
    import base64
    import hmac

    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), f"seal {mailbox_key}".encode(), "sha256"))
