"""Published checkpoints: cached, verified, and refused in words (from a server on this machine)."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from cornetkit.errors import WeightsError
from cornetkit.models import load_model, official
from cornetkit.models.official import OFFICIAL, OfficialCheckpoint

FOLDER = "https://s3.amazonaws.com/cornet-models"


def test_the_published_addresses() -> None:
    found = {letter: tuple(offer) for letter, offer in OFFICIAL.items()}
    assert found == {
        "Z": (f"{FOLDER}/cornet_z-5c427c9c.pth", "5c427c9c"),
        "R": (f"{FOLDER}/cornet_r-5930a990.pth", "5930a990"),
        "RT": (f"{FOLDER}/cornet_rt-933c001c.pth", "933c001c"),
        "S": (f"{FOLDER}/cornet_s-1d3f7974.pth", "1d3f7974"),
    }


class Server:
    """Serves files from memory and counts the requests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                body = outer.files.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args: object) -> None:
                """Stay silent: the tests look at stderr."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def published(server, cache, save, hash_of, monkeypatch):
    """Publish random CORnet-Z weights as the official ones; return the file's hash."""
    state = {f"module.{k}": v for k, v in load_model("Z", "random", seed=9).state_dict().items()}
    path = save({"state_dict": state, "epoch": 25}, _use_new_zipfile_serialization=False)
    server.files["/cornet_z-test.pth"] = path.read_bytes()
    sha256 = hash_of(path)
    offer = OfficialCheckpoint(f"{server.url}/cornet_z-test.pth", sha256[:8])
    monkeypatch.setitem(OFFICIAL, "Z", offer)
    return sha256


def test_weights_are_downloaded_once_and_then_cached(server, cache, published, capfd):
    models = [load_model("Z") for _ in range(2)]
    assert server.requests == ["/cornet_z-test.pth"]
    assert [path.name for path in cache.iterdir()] == ["cornet_z-test.pth"]
    assert models[0].provenance == models[1].provenance
    assert capfd.readouterr().err == ""  # no terminal, no progress bar


def test_official_weights_say_so(published):
    assert load_model("Z").provenance == {
        "weights": "imagenet",
        "num_classes": 1000,
        "seed": None,
        "weights_sha256": load_model("Z", "random", seed=9).provenance["weights_sha256"],
        "weights_file_sha256": published,
        "identity": f"verified: official CORnet-Z checkpoint {published[:8]}",
        "trained": True,
        "lesion": None,
    }


def test_an_official_file_is_recognised_wherever_it_lies(published, tmp_path):
    provenance = load_model("Z", tmp_path / "own.pth").provenance
    assert provenance["weights"] == "file"
    assert provenance["identity"] == f"verified: official CORnet-Z checkpoint {published[:8]}"


def test_a_file_copied_by_hand_needs_no_network(server, cache, published, tmp_path):
    cache.mkdir(parents=True)
    (tmp_path / "own.pth").rename(cache / "cornet_z-test.pth")
    load_model("Z")
    assert server.requests == []


def test_a_download_with_a_wrong_hash_is_refused_and_not_kept(
    server, cache, published, refusal, tmp_path, hash_of
):
    server.files["/cornet_z-test.pth"] += b"!"
    (tmp_path / "sent").write_bytes(server.files["/cornet_z-test.pth"])
    message = refusal("Z", error=WeightsError)
    for part in (published[:8], hash_of(tmp_path / "sent"), str(cache), "cornet_z-test.pth"):
        assert part in message
    assert list(cache.iterdir()) == []


def test_a_cached_file_with_a_wrong_hash_is_refused_and_left_to_the_user(
    server, cache, published, refusal, hash_of
):
    cache.mkdir(parents=True)
    path = cache / "cornet_z-test.pth"
    path.write_bytes(b"half a checkpoint")
    message = refusal("Z", error=WeightsError)
    for part in (str(path), published[:8], hash_of(path), "delete it", "--weights FILE"):
        assert part in message
    assert path.exists()
    assert server.requests == []


def test_a_missing_page_is_told_with_the_way_out(server, cache, published, refusal):
    server.files.clear()
    message = refusal("Z", error=WeightsError)
    url = f"{server.url}/cornet_z-test.pth"
    for part in (url, "Not Found", str(cache), "by hand", "--weights FILE", "--weights random"):
        assert part in message
    assert list(cache.iterdir()) == []


def test_no_network_is_told_with_the_way_out(cache, refusal, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/cornet_s-x.pth"
        monkeypatch.setitem(OFFICIAL, "S", OfficialCheckpoint(url, "x"))
        message = refusal("S", error=WeightsError)
    for part in (url, "refused", str(cache), "by hand", "--weights FILE", "--weights random"):
        assert part in message


def test_a_silent_server_times_out(cache, refusal, monkeypatch):
    monkeypatch.setattr(official, "TIMEOUT_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/cornet_s-x.pth"
        monkeypatch.setitem(OFFICIAL, "S", OfficialCheckpoint(url, "x"))
        message = refusal("S", error=WeightsError)
    assert "timed out" in message
    assert socket.getdefaulttimeout() is None
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_told(cache, published, refusal):
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert str(cache) in refusal("Z", error=WeightsError)


def test_arguments_are_checked_before_a_download(server, published, refusal):
    assert "no recurrence" in refusal("Z", times=3)
    assert "num_classes" in refusal("Z", num_classes=0)
    assert server.requests == []


def test_official_weights_have_their_own_number_of_classes(published, refusal):
    assert "num_classes=1000" in refusal("Z", num_classes=10, error=WeightsError)


def test_a_model_loaded_from_a_file_draws_no_random_number(published):
    before = torch.get_rng_state()
    load_model("Z")
    assert torch.equal(torch.get_rng_state(), before)
