"""A real Dovecot on loopback whose one mailbox is opened with a token only, of which it asks a token server."""

import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from tests.stranger.mailhost import OWNER, free_ports, wait_for

CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = no
auth_mechanisms = xoauth2
mail_location = maildir:{folder}/mail
first_valid_uid = {uid}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
"""
INTROSPECTION = """\
introspection_mode = get
introspection_url = {url}?token=
username_attribute = email
active_attribute = active
active_value = true
"""


class OAuthDovecot:
    """`with OAuthDovecot(tokens.url("/introspect")) as server: … server.port …`; a message is put there by `put`."""

    def __init__(self, introspection: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))  # not below a folder that is root's only
        (self.port,) = free_ports(1)
        owner = pwd.getpwnam(OWNER)
        self.folder.chmod(0o755)
        for part in ("", "/cur", "/new", "/tmp"):
            (self.folder / f"mail{part}").mkdir()
            shutil.chown(self.folder / f"mail{part}", OWNER)
        told = {"folder": self.folder, "port": self.port, "uid": owner.pw_uid, "gid": owner.pw_gid}
        (self.folder / "dovecot.conf").write_text(CONFIGURATION.format(**told), "utf-8")
        (self.folder / "oauth2.conf").write_text(INTROSPECTION.format(url=introspection), "utf-8")

    def put(self, raw: bytes) -> None:
        """Deliver a message."""
        file = self.folder / "mail" / "new" / f"{len(list((self.folder / 'mail').rglob('*')))}.here"
        file.write_bytes(raw)
        shutil.chown(file, OWNER)

    def log(self) -> str:
        """What it says of itself."""
        return (self.folder / "dovecot.log").read_text("utf-8", "replace")

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"])
        wait_for(self.port, self.log)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
