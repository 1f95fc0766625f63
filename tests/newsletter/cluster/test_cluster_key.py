"""The key of workers: only who has it reads what it sealed, and only as what it was sealed for."""

from pathlib import Path

import pytest

from core.config.schema import Settings
from core.errors import HouseError
from newsletter.cluster.cluster_key import ClusterKey, make_key, read_key

ONE, OTHER = ClusterKey.derive(b"one"), ClusterKey.derive(b"other")


def test_what_is_sealed_is_read_by_the_same_key_for_the_same_name_only() -> None:
    sealed = ONE.seal(b"reader@example.org", "batch 1")

    assert b"reader" not in sealed
    assert ONE.unseal(sealed, "batch 1") == b"reader@example.org"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, name, data in ((OTHER, "batch 1", sealed), (ONE, "batch 2", sealed), (ONE, "batch 1", changed)):
        with pytest.raises(HouseError, match=r"was not encrypted by this key: batch \d\. Give every worker"):
            key.unseal(data, name)


def test_nothing_is_sealed_alike_twice_and_the_fingerprint_tells_nothing_of_the_key() -> None:
    assert ONE.seal(b"", "batch") != ONE.seal(b"", "batch")
    assert ONE.fingerprint == ClusterKey.derive(b"one").fingerprint != OTHER.fingerprint


def test_the_coordinator_makes_the_key_and_a_worker_does_not(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    with pytest.raises(HouseError, match=r"there is no key for workers: .*cluster\.key\. Copy it from the coordinator"):
        read_key(settings)
    made = make_key(settings)
    assert read_key(settings).fingerprint == make_key(settings).fingerprint == made.fingerprint
    assert (tmp_path / "cluster.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["cluster.key"]


def test_a_key_that_is_set_comes_first(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, cluster={"key": "one"})

    assert make_key(settings).fingerprint == ONE.fingerprint
    assert list(tmp_path.iterdir()) == []
