"""A mailbox opened by Debian's mutt, on a terminal that nobody looks at."""

import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 600.0  # seconds
ORDERS = (
    "set sort=reverse-date-sent pager=cat wrap=1000 auto_tag=no",  # the newest first, shown as plain text
    "alternative_order text/plain",
)


def shows(maildir: Path, subject: str, words: str) -> bool:
    """Whether mutt shows these words when the newest message whose subject has this is opened; waits for them."""
    pattern = re.sub(r"\W", ".", subject)
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "Mail").mkdir()  # else it asks whether to make it
        environment = {"TERM": "xterm", "HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        opening = f"push <limit>~s{pattern}<enter><first-entry><display-message>"
        orders = [word for order in (*ORDERS, opening) for word in ("-e", order)]
        ours, its = pty.openpty()
        command = ["mutt", "-n", "-F", "/dev/null", *orders, "-R", "-f", str(maildir)]
        process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True)
        try:
            return _comes(ours, words)
        finally:
            process.kill()
            process.wait()
            os.close(its)
            os.close(ours)


def send(smtp_url: str, password: str, authority: Path, to: str, subject: str) -> None:
    """Have mutt write a message and hand it to a server, whose certificate it checks; the log-in is the sender."""
    sender = f"{smtp_url.partition('://')[2].partition('@')[0]}@example.org"
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "muttrc").write_text(
            f'set smtp_url="{smtp_url}" smtp_pass="{password}" ssl_starttls=yes ssl_force_tls=yes\n'
            f'set ssl_ca_certificates_file="{authority}" certificate_file="{authority}"\n'
            f'set from="{sender}" realname="A. Reader" use_from=yes copy=no\n'
        )
        environment = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        command = ["mutt", "-n", "-F", f"{home}/muttrc", "-s", subject, "--", to]
        done = subprocess.run(command, input=b"Please.\n", capture_output=True, env=environment, timeout=PATIENCE)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def installed() -> bool:
    """Whether there is a mutt here."""
    return shutil.which("mutt") is not None


def _comes(terminal: int, words: str) -> bool:
    """Whether words come on a terminal in time."""
    seen, until = b"", time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65_536)
        plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen).decode("utf-8", "replace")
        if words in " ".join(plain.split()):
            return True
    print(" ".join(plain.split()))
    return False
