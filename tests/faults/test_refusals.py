"""What may not go on with an unfinished recording, and who may not: refused by name, in a line."""

import shutil
import time

import pytest
from setups import at

TWO_BATCHES = at("journal.Journal.note", "after", 2)


@pytest.fixture
def begun(server, line, out):
    """Record two batches of four, and be killed."""
    assert server.run(*line(out), setup=TWO_BATCHES).code == -9
    return out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seed", 1], "seed was 0, is 1"),
        (["--batch-size", 3], "batch_size was 2, is 3"),
        pytest.param(["--model", "R"], "model was Z, is R", marks=pytest.mark.slow),
        pytest.param(["--precision", "bf16"], "precision was float32, is bf16",
                     marks=pytest.mark.slow),
        pytest.param(["--crop"], "transform resize was straight, is crop", marks=pytest.mark.slow),
        pytest.param(["--areas", "V4,IT"], "areas was", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_other_settings_are_refused_by_name(server, line, begun, undisturbed, more, message):
    refused = server.run(*line(begun, *more))
    assert refused.code == 1
    assert "was begun with other settings: " in refused.line
    assert message in refused.line
    assert "give those settings again to go on, or" in refused.line
    assert server.run(*line(begun)).code == 0
    assert begun.read_bytes() == undisturbed.content


@pytest.mark.slow
def test_other_numbers_of_steps_are_refused_by_name(server, line, out):
    def steps(count):
        return line(out, "--model", "RT", "--areas", "IT", "--times", count)

    assert server.run(*steps(2), setup=TWO_BATCHES).code == -9
    refused = server.run(*steps(3))
    assert refused.code == 1
    assert "times was 2, is 3" in refused.line


def test_another_number_of_threads_is_refused_by_name(server, line, begun):
    refused = server.run(*line(begun), setup="import torch\ntorch.set_num_threads(2)")
    assert refused.code == 1
    assert "other settings: threads was 1, is 2;" in refused.line


def test_other_content_of_one_image_is_refused_by_name(server, line, stimuli, tmp_path, begun):
    changed = tmp_path / "changed"
    shutil.copytree(stimuli, changed)
    (changed / "im6.png").write_bytes((changed / "im0.png").read_bytes())
    refused = server.run(*line(begun, "--images", changed))
    assert refused.code == 1
    assert "other settings: stimuli_sha256 was" in refused.line


def test_a_weights_file_of_other_content_is_refused_by_name(server, line, tmp_path, out):
    import torch

    import cornetkit as ck

    weights = tmp_path / "z.pth"
    model = ck.load_model("Z", weights="random")
    torch.save(model.state_dict(), weights)
    arguments = line(out, "--weights", weights)
    assert server.run(*arguments, setup=TWO_BATCHES).code == -9
    with torch.no_grad():
        next(model.parameters()).add_(1e-3)
    torch.save(model.state_dict(), weights)
    refused = server.run(*arguments)
    assert refused.code == 1
    assert "weights_sha256 was" in refused.line


def test_a_second_process_is_refused_and_the_first_is_not_disturbed(
    server, line, out, tmp_path, undisturbed
):
    go_on = tmp_path / "go on"
    wait = f"[time.sleep(.01) for _ in range(6000) if not os.path.exists({str(go_on)!r})]"
    first = server.start(*line(out), setup=at("journal.Journal.note", "after", 2, wait))
    journal = out.with_name("acts.nc.partial.journal")
    while not (journal.exists() and journal.read_text() == "2\n4\n"):
        assert first.running()
        time.sleep(0.01)
    for more in ([], ["--resume"], ["--overwrite"]):
        second = server.run(*line(out, *more))
        assert second.code == 1
        assert f"another process is writing {out}; wait for it, or give another" in second.line
    go_on.touch()
    assert first.wait().code == 0
    assert out.read_bytes() == undisturbed.content
