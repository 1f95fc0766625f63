"""Connection errors: what a person reads of them, without Python in it."""

import imaplib
import smtplib
import socket
import ssl
from threading import Thread

import pytest

from core.connection_errors import describe_connection_error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssl.SSLError(1, "[SSL: BAD_LENGTH] bad length (_ssl.c:1006)"), "bad length"),
        (ssl.SSLEOFError(8, "EOF in violation of protocol (_ssl.c:1006)"), "EOF in violation of protocol"),
        (smtplib.SMTPHeloError(554, b"5.7.1 go\r\naway"), "554 5.7.1 go away"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "Connection unexpectedly closed"),
        (imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] no"), "[AUTHENTICATIONFAILED] no"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (TimeoutError(), "the connection broke"),
        (UnicodeError("label too long"), "no host has such a name"),
    ],
)
def test_it_is_said_without_python(error: Exception, words: str) -> None:
    assert describe_connection_error(error) == words


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_server_without_tls_is_told_by_what_it_does_not_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with server.accept()[0] as one:
                one.recv(100)
                one.sendall(b"220 mail.example.org\r\n")

        Thread(target=greet, daemon=True).start()
        with pytest.raises(ssl.SSLError) as raised:
            smtplib.SMTP_SSL("127.0.0.1", server.getsockname()[1], context=ssl.create_default_context())

    assert describe_connection_error(raised.value) == "it does not speak TLS at once on that port"
