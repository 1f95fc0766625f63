"""The files of docs/deploy and compose.yaml, as the tools they are for read them; and the pages that explain them."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
import yaml
from click.testing import CliRunner

from app.cli import cli
from core.config.schema import Settings
from core.config.value_sources import known_variables
from tests.documents import blocks
from tests.support.proxies import NAME, nginx_site
from tests.support.waiting import HANG

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
FILES = [ROOT / "compose.yaml", *sorted(file for file in DEPLOY.iterdir() if file.is_file())]
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("running", "mail", "upgrading", "privacy", "scaling")]
UNITS = ["casereviews.service", "casereviews-tick.service", "casereviews-worker.service"]
REPLICA_UNITS = ["casereviews-replica.service", "casereviews-follow.service"]
PROGRAM = "/opt/casereviews/.venv/bin/casereviews"
LITESTREAM = "/usr/bin/litestream"
EXPOSED = 1.5  # of 10, as systemd-analyze counts it; 1.1 when this was written
needs = pytest.mark.skipif


def composed(tail: bool = False) -> dict[str, Any]:
    """compose.yaml; with `tail`, with the lines that wait behind a #."""
    text = (ROOT / "compose.yaml").read_text("utf-8")
    if tail:
        text = re.sub(
            r"^( *)# (?=( *)(environment|secrets|CASEREVIEWS_\w+|mail-password|file):)", r"\1", text, flags=re.M
        )
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def unit(name: str, tail: bool = False) -> dict[str, list[str]]:
    """The settings of a unit, each with its values in order."""
    text = (DEPLOY / name).read_text("utf-8")
    if tail:
        text = re.sub(r"^#(?=LoadCredential|Environment)", "", text, flags=re.M)
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
        found.setdefault(key, []).append(value)
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG)


def on_this_machine(folder: Path, tail: bool) -> list[str]:
    """Copies of the units that name a program which is here."""
    files = (*UNITS, *REPLICA_UNITS, "casereviews-tick.timer")
    for file in files:
        text = (DEPLOY / file).read_text("utf-8").replace(PROGRAM, "/bin/true").replace(LITESTREAM, "/bin/true")
        text = re.sub(r"^#(?=LoadCredential|Environment)", "", text, flags=re.M) if tail else text
        (folder / file).write_text(text, "utf-8")
    return [str(folder / file) for file in files]


def test_container_is_nobody_writes_one_volume_and_answers_this_machine_alone() -> None:
    all_of_it = composed()
    one = all_of_it["services"]["casereviews"]

    assert one["user"].split(":")[0] not in ("0", "root")
    assert f"--uid {one['user'].split(':')[0]}" in (ROOT / "Dockerfile").read_text("utf-8")
    assert (one["read_only"], one["tmpfs"], one["cap_drop"], one["init"]) == (True, ["/tmp"], ["ALL"], True)
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert [volume.split(":") for volume in one["volumes"]] == [["data", "/data"]]
    assert all(port.startswith("127.0.0.1:") for port in one["ports"])
    assert one["restart"] == "unless-stopped"
    assert int(one["stop_grace_period"].rstrip("s")) > 10
    assert json.dumps(one["healthcheck"]["test"][1:]) in (ROOT / "Dockerfile").read_text("utf-8")
    assert one["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "secrets" not in all_of_it


def test_only_the_web_server_is_public_and_only_when_asked_for() -> None:
    services = composed()["services"]

    assert [name for name, one in services.items() if not one.get("profiles")] == ["casereviews"]
    assert services["caddy"]["read_only"] is True
    assert services["caddy"]["cap_add"] == ["NET_BIND_SERVICE"]


def test_a_cluster_is_a_durable_broker_and_two_workers_and_nobody_else_reaches_it() -> None:
    services = composed(tail=True)["services"]
    broker, worker = (services[name] for name in ("redis", "worker"))

    assert [name for name, one in services.items() if "cluster" in one.get("profiles", ())] == ["redis", "worker"]
    assert "ports" not in broker
    assert " ".join(broker["command"]).endswith("--appendonly yes --appendfsync always --maxmemory-policy noeviction")
    assert broker["volumes"] == ["broker:/data"]
    assert worker["deploy"] == {"replicas": 2}
    assert worker["volumes"] == ["data:/data:ro"]
    assert worker["image"] == services["casereviews"]["image"]
    assert int(worker["stop_grace_period"].rstrip("m")) * 60 >= int(
        unit("casereviews-worker.service")["TimeoutStopSec"][0]
    )
    address = {one["environment"]["CASEREVIEWS_CLUSTER__BROKER"] for one in (services["casereviews"], worker)}
    assert [urlsplit(one).hostname for one in address] == ["redis"]
    assert Settings(cluster={"broker": address.pop()}).cluster.is_on
    assert {"celery", "redis"} <= set(
        re.findall(r"^(\w+)==", (ROOT / "requirements-extras.txt").read_text("utf-8"), re.M)
    )


def started() -> Iterator[list[str]]:
    """What the units and the containers of ours start, without the program's name."""
    for name in (*UNITS, "casereviews-replica.service"):
        yield shlex.split(unit(name)["ExecStart"][0].removeprefix(PROGRAM))
    for service in composed()["services"].values():
        if service["image"] == "casereviews":
            yield service["command"]


def test_the_program_takes_every_command_that_is_started() -> None:
    commands, program = list(started()), click.Context(cli, **cli.context_settings)

    assert len(commands) == 6
    for name, *words in commands:
        command = cli.get_command(program, name)
        assert command, name
        command.make_context(name, words, program, resilient_parsing=False)  # raises for an option that there is not


def test_secrets_of_the_container_come_from_files() -> None:
    found = composed(tail=True)
    one = found["services"]["casereviews"]
    secret = [value for key, value in one["environment"].items() if key.endswith("_FILE")]

    assert secret == ["/run/secrets/mail-password"]
    assert one["secrets"] == list(found["secrets"]) == ["mail-password"]
    assert list(found["secrets"]["mail-password"]) == ["file"]


@needs(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_compose_understands_the_file() -> None:
    found = run("docker-compose", "--file", str(ROOT / "compose.yaml"), "--profile", "tls", "config")

    assert found.returncode == 0, found.stderr
    assert "127.0.0.1:8765:8765/tcp" in found.stdout or "host_ip: 127.0.0.1" in found.stdout


@needs(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("tail", [False, True])
def test_systemd_understands_the_units(tmp_path: Path, tail: bool) -> None:
    found = run("systemd-analyze", "verify", *on_this_machine(tmp_path, tail))

    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@needs(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("name", UNITS)
def test_the_units_are_well_locked_in(tmp_path: Path, name: str) -> None:
    on_this_machine(tmp_path, tail=False)
    found = run("systemd-analyze", "security", "--offline=yes", "--no-pager", str(tmp_path / name))
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)

    assert score, found.stdout + found.stderr
    assert float(score[1]) <= EXPOSED


@pytest.mark.parametrize("name", [*UNITS, "casereviews-replica.service"])
def test_a_unit_is_of_an_own_user_with_one_folder_and_no_secret(name: str) -> None:
    found = unit(name)

    assert found["User"] == ["casereviews"]
    assert found["StateDirectory"] == ["casereviews"]
    assert found["WorkingDirectory"] == ["/var/lib/casereviews"]
    assert found["ProtectSystem"] == ["strict"]
    assert "ReadWritePaths" not in found
    assert "ProcSubset" not in found  # /proc/sys/kernel/random/boot_id tells a restart from a power cut
    assert int(found["TimeoutStopSec"][0]) > 10
    assert "Environment" not in found
    places = ("/mail-password", "/broker")
    assert all(value.endswith(places) for value in unit(name, tail=True).get("Environment", []))


def test_serve_is_not_started_again_where_that_cannot_help() -> None:
    found = unit("casereviews.service")

    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert found["RestartPreventExitStatus"] == ["2 10 11"]
    assert unit("casereviews-tick.service")["SuccessExitStatus"] == ["4 11 130"]
    assert unit("casereviews-replica.service")["RestartPreventExitStatus"] == ["2"]


def test_every_service_has_exactly_the_confinement_of_the_others() -> None:
    def cage(name: str) -> str:
        return (
            (DEPLOY / name)
            .read_text("utf-8")
            .partition("# What it cannot do.\n")[2]
            .partition("\n[Install]")[0]
            .strip()
        )

    assert len({cage(name) for name in (*UNITS, *REPLICA_UNITS)}) == 1


@needs(not shutil.which("nginx"), reason="nginx is not installed")
def test_nginx_understands_the_file(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    new = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={NAME} -keyout {key} -out {certificate}"
    assert run("openssl", *new.split()).returncode == 0
    site = nginx_site(8080, 8443, 8765, key, certificate, tmp_path)
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n", "utf-8")
    found = run("nginx", "-t", "-q", "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log"))

    assert (found.returncode, found.stderr) == (0, "")


@needs(not shutil.which("caddy"), reason="Caddy is not installed")
def test_caddy_understands_the_file_as_it_is() -> None:
    found = run("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))

    assert found.returncode == 0, found.stderr
    assert "not formatted" not in found.stderr


def test_litestream_copies_the_one_database() -> None:
    (one,) = yaml.safe_load((DEPLOY / "litestream.yml").read_text("utf-8"))["dbs"]

    assert one["path"] == f"/var/lib/casereviews/data/{Settings().database.name}"
    assert "password" not in one["replica"]


def test_a_follower_serves_what_was_restored_and_waits_for_no_litestream_that_has_ended(tmp_path: Path) -> None:
    with subprocess.Popen("true") as litestream:
        litestream.wait()

    def run_afterwards() -> int:
        words = shlex.split(unit("casereviews-follow.service")["ExecStartPost"][0])
        environment = os.environ | {"MAINPID": str(litestream.pid)}
        return subprocess.run(words, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, timeout=HANG).returncode

    assert (run_afterwards(), [*tmp_path.iterdir()]) == (1, [])
    (tmp_path / "next.db").write_text("restored")
    assert (run_afterwards(), (tmp_path / "copy.db").read_text()) == (0, "restored")
    assert (tmp_path / "next.db").samefile(tmp_path / "copy.db")


def test_every_variable_that_the_container_sets_is_read() -> None:
    named = set(re.findall(r"CASEREVIEWS_\w+", (ROOT / "compose.yaml").read_text("utf-8")))
    known = known_variables() | {f"{name}_FILE" for name in known_variables()}

    assert named
    assert named - known == set()


def test_every_file_for_deploying_is_explained() -> None:
    said = "".join(page.read_text("utf-8") for page in PAGES)

    assert [file.name for file in FILES if file.name not in said] == []


def test_the_messages_of_the_table_are_in_the_program() -> None:
    source = "".join(
        file.read_text("utf-8")
        for room in ("app", "core", "db", "newsletter", "scraper", "services")
        for file in sorted((ROOT / room).rglob("*.py"))
    )
    rows = re.findall(r"^\| (`.*) \|", "".join(page.read_text("utf-8") for page in PAGES), re.M)
    quoted = [words for row in rows for words in re.findall(r"`([a-z][^`]*)`", row.split(" | ")[0])]
    parts = [part.strip(" :;,") for words in quoted for part in re.split("…|: ", words)]
    checked = [part for part in parts if " " in part and part != "Address already in use"]  # Linux says that

    assert len(checked) > 25
    assert [part for part in checked if part not in source] == []


def test_the_dkim_record_is_the_one_that_check_asks_for(tmp_path: Path) -> None:
    from newsletter.mail.dkim import load_public_key

    text = (ROOT / "docs" / "mail.md").read_text("utf-8").replace("/etc/casereviews/", f"{tmp_path}/")
    typed = [one.command for block in blocks(text, "console") for one in block.typed() if "openssl" in one.command]
    said = [run("sh", "-c", command).stdout for command in typed]

    assert said[-1].strip() == f"v=DKIM1; k=rsa; p={load_public_key((tmp_path / 'dkim.pem').read_text()).forms[0]}"


def test_what_init_answers_is_shown_as_it_is() -> None:
    said = CliRunner().invoke(cli, ["init"]).stdout
    texts = [page.read_text("utf-8").replace(" /data/", " data/") for page in PAGES]  # a container's folder
    typed = [one for text in texts for block in blocks(text, "console") for one in block.typed()]
    shown = [one for one in typed if one.shown and one.command.endswith(" init")]

    assert len(shown) == 2
    assert [wrong for one in shown if (wrong := one.differs(said))] == []
