"""An argument that a call has no use for is refused in a line, never ignored."""

import numpy as np
import pytest

import cornetkit as ck
from cornetkit.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")

NO_BOOTSTRAP = r"is about the intervals of a bootstrap; add bootstrap=1000 \(--bootstrap 1000\)"


def refused(call, *arguments, message, **settings):
    with pytest.raises(InputError, match=message) as raised:
        call(*arguments, **settings)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("call", [ck.rsa, ck.cka, ck.one_to_one, ck.soft_matching])
@pytest.mark.parametrize("given", [{"resample": ["stimulus", "neuroid"]}, {"confidence": 0.9}])
def test_what_a_bootstrap_draws_needs_a_bootstrap(acts, trials, call, given):
    refused(call, acts, trials, message=f"^{next(iter(given))}=.* {NO_BOOTSTRAP}$", **given)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise": "diagonal"},
         r"^noise='diagonal' \(--noise\) is for crossnobis, mahalanobis distances, and "
         "the distances are correlation; leave it out$"),
        ({"constant_units": "drop", "metric": "crossnobis"},
         r"^constant_units='drop' .* the distances are crossnobis; leave it out$"),
        ({"dtype": "float32", "metric": "mahalanobis"}, r"^dtype='float32' is for distances of"),
    ],
)  # fmt: skip
def test_distances_refuse_what_they_have_no_use_for(trials, settings, message):
    refused(ck.rdm, trials, message=message, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise": "diagonal"}, "^noise='diagonal' .* the distances are correlation; leave"),
        ({"ceiling": "none", "n_halves": 3}, "^n_halves=3 is for a ceiling over repetitions, and"),
        ({"ceiling": "repetitions", "pool": "normalized"},
         r"^pool='normalized' \(--pool\) is for a ceiling over subjects, and"),
    ],
)  # fmt: skip
def test_rsa_refuses_what_it_has_no_use_for(acts, trials, settings, message):
    refused(ck.rsa, acts, trials, message=message, **settings)


def test_the_noise_of_one_side_is_taken(acts, trials, quietly):
    asked = {"areas": ["V4"], "ceiling": "none", "neural_metric": "crossnobis"}
    found = [quietly(ck.rsa, acts, trials, noise=n, **asked)["score"] for n in ("full", "identity")]
    assert not np.allclose(found[0], found[1], equal_nan=True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "cosine"}, r"^metric='cosine' \(--metric\) says how RDMs are made, and "
         "the activations are RDMs already; leave it out$"),
        ({"neural_metric": "cosine"}, r"^neural_metric='cosine' .* the recordings are RDMs alr"),
        ({"constant_units": "drop"}, "^constant_units='drop' .* and RDMs were given; leave it out"),
        ({"dtype": "float32"}, "^dtype='float32' .* and RDMs were given; leave it out"),
    ],
)  # fmt: skip
def test_rdms_that_were_given_are_not_made_another_way(models, subjects, settings, message):
    refused(ck.rsa, models, subjects, message=message, **settings)


def test_a_metric_for_the_recordings_alone_is_taken(models, trials, quietly):
    asked = {"metric": "euclidean", "join": "inner", "ceiling": "none"}
    assert quietly(ck.rsa, models, trials, **asked).attrs["neural_metric"] == "euclidean"


def test_ceilings_refuse_what_they_have_no_use_for(subjects, trials):
    refused(ck.rdm_ceiling, subjects, message="^metric='cosine' .* these are RDMs", metric="cosine")
    refused(ck.rdm_ceiling, subjects, message="^bins=10.* these are RDMs already", bins=10.0)
    refused(ck.rdm_ceiling, trials, message="^group='it' is for files of RDMs", group="it")
    refused(ck.rdm_ceiling, trials, message="^noise='full' .* are correlation", noise="full")
