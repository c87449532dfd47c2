"""`cornetkit weights` and `cornetkit doctor`."""

import hashlib
import json

import pytest

from cornetkit.models import official


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of its own, and a file that passes for the published Z checkpoint."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    file = tmp_path / "copied_by_hand"
    file.write_bytes(b"weights")
    prefix = hashlib.sha256(b"weights").hexdigest()[:8]
    url = f"http://127.0.0.1:9/cornet_z-{prefix}.pth"
    monkeypatch.setitem(official.OFFICIAL, "Z", official.OfficialCheckpoint(url, prefix))
    return file


def test_list_shows_state_folder_and_address(run, cache):
    result = run("weights")
    assert "CORnet-Z   not here" in result.out
    assert "cache/hub/checkpoints" in result.out
    assert "http://127.0.0.1:9/cornet_z" in result.out


def test_install_knows_a_file_by_its_hash(run, cache):
    result = run("weights", "--install", cache)
    assert result.code == 0
    assert result.out.startswith("CORnet-Z: ")
    rows = json.loads(run("weights", "--list", "--json").out)
    assert rows[0]["state"] == "installed"


def test_damaged_file_in_the_cache_is_told(run, cache):
    run("weights", "--install", cache)
    official.cached_path("Z").write_bytes(b"cut")
    assert "CORnet-Z   damaged" in run("weights").out


def test_install_refuses_any_other_file(run, cache, tmp_path):
    other = tmp_path / "other.pth"
    other.write_bytes(b"other")
    result = run("weights", "--install", other)
    assert result.code == 1
    assert "none of the published checkpoints" in result.error
    assert "no checkpoint" in run("weights", "--install", tmp_path / "none").error


def test_fetch_without_a_network_names_the_address(run, cache):
    result = run("weights", "--fetch", "Z")
    assert result.code == 1
    assert "http://127.0.0.1:9" in result.error
    assert "unknown model 'Q'" in run("weights", "--fetch", "Q").error


def test_fetch_of_what_is_there_downloads_nothing(run, cache):
    run("weights", "--install", cache)
    assert run("weights", "--fetch", "z").out.startswith("CORnet-Z: ")


def test_two_actions_at_once_are_a_usage_error(run, cache):
    assert run("weights", "--list", "--fetch", "Z").code == 2


def test_doctor_passes_its_self_test(run):
    result = run("doctor")
    assert result.code == 0
    assert "self test: passed" in result.out
    assert "torch" in result.out


def test_doctor_speaks_json(run):
    assert json.loads(run("doctor", "--json").out)["self_test"].startswith("passed")
