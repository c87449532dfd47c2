"""A run that is stopped, and two that meet."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tiny_runs import same, weights

import cornetkit as ck
from cornetkit.errors import FileError
from cornetkit.training import validation
from cornetkit.training.loop import Loop
from cornetkit.training.run_folder import RunFolder


class Ended(BaseException):
    pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_then_does_what_it_does(run, monkeypatch, number):
    expected = weights(run("whole").latest)

    def end(*_):
        raise Ended

    before = Loop._train

    def train(self, parts, epoch, waited):
        before(self, parts, epoch, waited)
        if self.step == 4:
            signal.raise_signal(number)

    mine = signal.signal(number, end)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Loop, "_train", train)
            with pytest.raises(Ended) as stopped:
                run("a")
        assert signal.getsignal(number) is end  # as it was before
    finally:
        signal.signal(number, mine)
    assert "after step 4 of 6, which is saved" in stopped.value.__notes__[0]
    again = run("a")
    assert same(weights(again.latest), expected)


@pytest.fixture
def ending():
    """Let SIGTERM raise `Ended` where nothing else takes it."""

    def end(*_):
        raise Ended

    mine = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, mine)


@pytest.mark.parametrize("epoch", [1, 2])  # in the midst, and the last
def test_a_signal_in_validation_leaves_it_and_it_is_made_up_for(run, monkeypatch, ending, epoch):
    whole = run("whole")
    seen = []
    before = validation.logits_of

    def logits_of(engine, loader):
        for found in before(engine, loader):
            seen.append(1)
            if len(seen) == 3 * epoch - 1:  # the second of three batches
                signal.raise_signal(signal.SIGTERM)
            yield found

    monkeypatch.setattr(validation, "_LARGEST_BATCH", 2)
    with monkeypatch.context() as patched:
        patched.setattr(validation, "logits_of", logits_of)
        with pytest.raises(Ended) as stopped:
            run("a")
    assert len(seen) == 3 * epoch - 1
    assert f"after step {3 * epoch} of 6, which is saved" in stopped.value.__notes__[0]
    again = run("a")
    assert same(weights(again.latest), weights(whole.latest))
    assert (again.top1, again.best_top1) == (whole.top1, whole.best_top1)
    a, b = (ck.training_curves(one.out) for one in (again, whole))
    for name in ("train_loss", "train_top1", "val_loss", "val_top1"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-5)


def test_two_that_train_into_one_folder_are_told(run, tmp_path):
    (tmp_path / "a").mkdir()
    hold = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(1)"
    other = subprocess.Popen(
        [sys.executable, "-uc", f"{hold}; sys.stdin.read()", tmp_path / "a" / ".lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    other.stdout.readline()
    with pytest.raises(FileError, match=r"another process is training into .*a;"):
        run("a")
    other.communicate()
    assert run("a").steps == 6


def test_processes_that_a_run_leaves_behind_keep_nobody_out(tmp_path):
    # As the workers of one that was killed, until they notice.
    with RunFolder(tmp_path / "a").alone():
        left = os.fork()
        if not left:
            time.sleep(60)
            os._exit(0)
    try:
        hold = (
            "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        )
        subprocess.run([sys.executable, "-c", hold, tmp_path / "a" / ".lock"], check=True)
    finally:
        os.kill(left, signal.SIGKILL)
        os.waitpid(left, 0)
