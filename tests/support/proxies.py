"""The web servers of docs/deploy in front of a real `casereviews serve`: with TLS, all of it on loopback."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from requests.structures import CaseInsensitiveDict

from tests.support.processes import COMMAND, Popen
from tests.support.waiting import HANG

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
NAME = "news.example.org"
HOUSE = f"""
base_url = "https://{NAME}"
[[sources]]
name = "nspcc"
url = "http://127.0.0.1:9/"
[web]
proxies = 1
[signup]
per_network_per_hour = 1
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Proxy:
    """A web server in front of ours, identified by its ports on 127.0.0.1."""

    ours: subprocess.Popen[str]  # what is behind it
    plain: int
    secure: int
    authority: Path  # the certificate to believe
    logs: Path  # a folder with all that it says

    def ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        source: str = "127.0.0.1",
        secure: bool = True,
    ) -> Answer:
        """Ask as somebody at `source` would, who believes this certificate and no other."""
        plain = socket.create_connection(
            ("127.0.0.1", self.secure if secure else self.plain), 10, source_address=(source, 0)
        )
        asking = http.client.HTTPConnection(NAME)
        asking.sock = self._wrapped(plain) if secure else plain
        body = urlencode(fields) if fields is not None else None
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        asking.request(method, path, body, {"Host": NAME, "Connection": "close", **form, **(headers or {})})
        answer = asking.getresponse()
        found = Answer(answer.status, CaseInsensitiveDict(answer.getheaders()), answer.read().decode())
        asking.close()
        return found

    def _wrapped(self, plain: socket.socket) -> ssl.SSLSocket:
        return ssl.create_default_context(cafile=str(self.authority)).wrap_socket(plain, server_hostname=NAME)

    def said(self) -> str:
        """Everything in its logs."""
        return "".join(file.read_text("utf-8", "replace") for file in self.logs.rglob("*") if file.is_file())


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`casereviews serve` without its timer in a folder that was set up, and its port."""
    command = [str(COMMAND), "serve", "--no-scheduler", "--port", "0"]
    process = Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        yield process, int(found[1])
    finally:
        process.kill()
        process.communicate()


@contextmanager
def nginx(folder: Path, ours: subprocess.Popen[str], upstream: int, location: str = "/ | ") -> Iterator[Proxy]:
    """nginx with docs/deploy/nginx.conf: other ports, a certificate of our own, logs in the folder.

    `location`: which addresses it hands on, a bar, and what it puts in the place of that.
    """
    plain, secure = _free(), _free()
    logs, key, certificate = folder / "logs", folder / "key.pem", folder / "certificate.pem"
    logs.mkdir(parents=True)
    _self_signed(key, certificate)
    site = nginx_site(plain, secure, upstream, key, certificate, logs)
    where, becomes = location.split("|")
    before, upstream_line = "    location / {\n        proxy_pass", f"127.0.0.1:{upstream};"
    assert before in site and upstream_line in site
    site = site.replace(before, f"    location {where}{{\n        proxy_pass")
    site = site.replace(upstream_line, f"127.0.0.1:{upstream}{becomes.strip()};")
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temp = "".join(f"    {name}_temp_path {folder / name};\n" for name in paths)
    user = "user root;\n" if os.getuid() == 0 else ""
    whole = folder / "whole.conf"
    whole.write_text(
        f"{user}daemon off;\npid {folder / 'pid'};\nerror_log {logs / 'main.log'} error;\nevents {{}}\n"
        f"http {{\n    access_log {logs / 'access.log'};\n{temp}{site}\n}}\n"
    )
    with _running(["nginx", "-p", str(folder), "-c", str(whole), "-e", str(logs / "start.log")], folder) as process:
        proxy = Proxy(ours, plain, secure, certificate, logs)
        _wait(proxy, process)
        yield proxy


def nginx_site(plain: int, secure: int, upstream: int, key: Path, certificate: Path, logs: Path) -> str:
    """The server blocks of the example, where they can be tried."""
    live = f"/etc/letsencrypt/live/{NAME}"
    changes = {
        r"listen \[::\]:.*;\n": "\n",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443 ": f"listen 127.0.0.1:{secure} ",
        rf"{live}/fullchain\.pem": str(certificate),
        rf"{live}/privkey\.pem": str(key),
        r"127\.0\.0\.1:8765": f"127.0.0.1:{upstream}",
        r"/var/log/nginx/": f"{logs}/",
    }
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for before, after in changes.items():
        text, count = re.subn(before, after, text)
        assert count, before
    return text


@contextmanager
def caddy(folder: Path, ours: subprocess.Popen[str], upstream: int) -> Iterator[Proxy]:
    """Caddy with docs/deploy/Caddyfile: other ports, certificates of its own authority, logs in the folder."""
    plain, secure = _free(), _free()
    logs = folder / "logs"
    logs.mkdir(parents=True)
    here = (
        f"{{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\thttp_port {plain}\n\thttps_port {secure}\n"
        f"\tdefault_bind 127.0.0.1\n\tstorage file_system {folder / 'storage'}\n"
    )
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    assert text.count("\n{\n") == 1
    (folder / "Caddyfile").write_text(text.replace("\n{\n", f"\n{here}"))
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    more = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with _running(command, folder, {"UPSTREAM": f"127.0.0.1:{upstream}", "SITE": NAME, **more}) as process:
        proxy = Proxy(ours, plain, secure, folder / "storage/pki/authorities/local/root.crt", logs)
        _wait(proxy, process)
        yield proxy


KINDS = {"nginx": nginx, "caddy": caddy}


@contextmanager
def _running(
    command: list[str], folder: Path, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "logs" / "said.log").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, **(more or {})}
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _wait(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    """Until it shows a certificate that is believed: Caddy listens before it has made one."""
    until = time.monotonic() + HANG
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            proxy.ask("HEAD", "/")
            return
        time.sleep(0.05)
    raise AssertionError(proxy.said())


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _self_signed(key: Path, certificate: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl
    new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split()
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *new, *names, *files], check=True, capture_output=True)
