"""A mail provider on this machine: Debian's Postfix to send through, Debian's Dovecot to read the mailboxes from."""

import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Self

NEEDED = ("postfix", "dovecot", "openssl")
OWNER = "nobody"  # of the mailboxes; neither server delivers as root
PATIENCE = 600.0  # seconds for a message to arrive, or a server to end

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/postfix-data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
alias_maps =
alias_database =
recipient_delimiter = {delimiter}
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/postfix/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_cert_file = {folder}/mail.pem
smtpd_tls_key_file = {folder}/mail.key
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
# As a relay that learns only later that a mailbox is not there: it takes the message, and a bounce comes back.
smtpd_reject_unlisted_recipient = no
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = required
ssl_cert = <{folder}/mail.pem
ssl_key = <{folder}/mail.key
mail_location = maildir:{folder}/mail/%n
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = .
}}
first_valid_uid = {uid}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {folder}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
# whoever is refused need not wait, nor the longer the oftener: a wait shows nothing of ours
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%n {folder}/passwords
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n
}}
"""
OAUTH = """\
introspection_mode = get
introspection_url = {introspection}?token=
username_attribute = email
active_attribute = active
active_value = true
"""


def missing() -> str:
    """Why there can be no mail provider here; empty when there can."""
    if os.geteuid() != 0:
        return "Postfix and Dovecot are started by root only"
    absent = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(absent)} (Debian: postfix, dovecot-imapd, openssl)" if absent else ""


class MailHost:
    """`with MailHost({"you": "password"}) as host:` mailboxes at example.org, the log-in being the name.

    It answers on `smtp_port` (STARTTLS and log-in asked for) and `imap_port` (TLS) of localhost; `authority` is the
    file with the certificate to trust. Mail to other addresses at example.org is taken, and then comes back.
    `delimiter`: what parts a mailbox from the rest of an address; `prefix`: what folders' names begin with;
    `introspection`: where it asks whose a token is, at a token server (RFC 7662), for those who log in with one.
    """

    def __init__(
        self,
        mailboxes: dict[str, str],
        delimiter: str = "+",
        prefix: str = "",
        introspection: str = "http://127.0.0.1:1/",
    ) -> None:
        self.mailboxes, self.delimiter, self.prefix, self.introspection = mailboxes, delimiter, prefix, introspection
        self.folder = Path(tempfile.mkdtemp(prefix="mailhost-"))  # not below a folder that is root's only
        self.authority = self.folder / "mail.pem"
        self.smtp_port, self.imap_port = free_ports(2)

    def __enter__(self) -> Self:
        try:
            self._write()
            self._dovecot = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"])
            wait_for(self.imap_port, self._log)
            self._postfix("start")
            wait_for(self.smtp_port, self._log)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(subprocess.CalledProcessError):
            self._postfix("stop")
        if process := getattr(self, "_dovecot", None):
            process.terminate()
            process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def mail(self, name: str, folder: str = "INBOX") -> list[EmailMessage]:
        """The messages in somebody's mailbox, oldest first, as a mail program fetches them; they stay unread."""
        with self._opened(name) as server:
            if server.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = server.search(None, "ALL")[1][0].split()
            raw = [server.fetch(number.decode(), "(RFC822)")[1][0] for number in numbers]
        return [_parsed(part[1]) for part in raw if isinstance(part, tuple)]

    def wait_for(self, name: str, subject: str) -> EmailMessage:
        """The last message in somebody's mailbox whose subject begins so; waits for it."""
        until = time.monotonic() + PATIENCE
        while not (found := [mail for mail in self.mail(name) if str(mail["Subject"]).startswith(subject)]):
            said = [str(mail["Subject"]) for mail in self.mail(name)]
            assert time.monotonic() < until, f"{subject!r} is not among {said}\n{self._log()}"
            time.sleep(0.1)
        return found[-1]

    def open_mail(self, name: str) -> None:
        """Read all messages in somebody's mailbox, as a mail program does that marks them as read."""
        with self._opened(name) as server:
            server.select()
            server.fetch("1:*", "(RFC822)")

    def maildir(self, name: str) -> Path:
        """Where somebody's mailbox is on the disk."""
        return self.folder / "mail" / name

    def _opened(self, name: str) -> imaplib.IMAP4_SSL:
        trusted = ssl.create_default_context(cafile=self.authority)
        server = imaplib.IMAP4_SSL("localhost", self.imap_port, ssl_context=trusted, timeout=PATIENCE)
        server.login(name, self.mailboxes[name])
        return server

    def _write(self) -> None:
        owner = pwd.getpwnam(OWNER)
        told = {"folder": self.folder, "uid": owner.pw_uid, "gid": owner.pw_gid}
        told |= {"delimiter": self.delimiter, "prefix": self.prefix}
        self.folder.chmod(0o755)
        for name, who in (("postfix", "root"), ("queue", "root"), ("postfix-data", "postfix"), ("mail", OWNER)):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, who)
        _certify(self.folder)
        lines = "".join(f"{name}@example.org {name}/\n" for name in self.mailboxes)
        passwords = "".join(f"{name}:{password}\n" for name, password in self.mailboxes.items())
        files = {
            "postfix/main.cf": MAIN.format(**told),
            "postfix/master.cf": MASTER.format(port=self.smtp_port),
            "postfix/mailboxes": lines,
            "dovecot.conf": DOVECOT.format(port=self.imap_port, **told),
            "oauth2.conf": OAUTH.format(introspection=self.introspection),
            "passwords": passwords,
        }
        for name, text in files.items():
            (self.folder / name).write_text(text, "utf-8")
        self._postfix("check")  # makes the folders of the queue, in one of which Dovecot answers

    def _postfix(self, verb: str) -> None:
        command = ["postfix", "-c", self.folder / "postfix", verb]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)

    def _log(self) -> str:
        logs = (self.folder / "postfix.log", self.folder / "dovecot.log")
        return "\n".join(log.read_text("utf-8", "replace") for log in logs if log.exists())


def _certify(folder: Path) -> None:
    """A certificate for localhost that is its own authority."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", folder / "mail.key", "-out", folder / "mail.pem"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", *kind, *names, *files], check=True, capture_output=True)


def _parsed(raw: bytes) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(mail, EmailMessage)
    return mail


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def wait_for(port: int, log: object) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < until, log() if callable(log) else ""
        time.sleep(0.05)
