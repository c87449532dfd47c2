"""Inference of rsa() that cannot be had, each told in a line."""

import pytest

import cornetkit as ck
from cornetkit.errors import InputError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"permutations": 99, "alpha": 0.001},
         r"p = 0\.001 cannot be reached with 99 permutations, .* at least 999.*--permutations 999"),
        ({"alpha": 0.05}, "cannot be reached with 0 permutations"),
        ({"permutations": 99, "alpha": 5}, "alpha=5 was given; expected a share"),
        ({"permutations": -1}, "permutations=-1 was given; expected 0 or more"),
        ({"permutations": 9.5}, r"permutations must be a whole number, not 9\.5"),
        ({"bootstrap": 5}, "5 bootstrap resamples are too few for an interval"),
        ({"bootstrap": 20, "confidence": 95}, "confidence=95 was given; expected a share"),
        ({"bootstrap": 20, "resample": "stimuli"}, "did you mean 'stimulus'"),
        ({"bootstrap": 20, "resample": ("stimulus", "stimulus")}, "one or two different ones"),
        ({"bootstrap": 20, "resample": "subject"}, "there are no subjects to resample"),
        ({"bootstrap": 20, "resample": ("neuroid", "repetition")}, "cannot be resampled together"),
        ({"bootstrap": 20, "resample": "repetition", "neural_metric": "crossnobis"},
         "copies of a repetition would be taken for repeated measurements"),
        ({"bootstrap": 20, "resample": "neuroid", "neural_metric": "mahalanobis"},
         "copies of neuroids spoil noise='shrinkage'"),
        ({"permute_within": "object_name"}, "permute_within= is for permutations"),
        ({"permutations": 9, "permute_within": "object"}, "did you mean 'object_name'"),
        ({"permutations": 9, "permute_within": {"s00": 1}}, "has no block for 13 stimuli"),
        ({"permutations": 9, "permute_within": ["a"]}, "not a list"),
        ({"by": "animal", "subjects": "animal"}, "averages over subjects, and by='animal' does"),
    ],
)  # fmt: skip
def test_wrong_inference_is_told_in_a_line(acts, trials, settings, message):
    with pytest.raises(InputError, match=message) as raised:
        ck.rsa(acts, trials, areas=["V4"], ceiling="none", **settings)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_subjects_are_not_resampled(models, subjects, n):
    few = subjects.isel(subject=slice(n))
    with pytest.raises(InputError, match=rf"^{n} subjects? (is|are) too few to resample subjects"):
        ck.rsa(models, few, bootstrap=20, resample="subject", ceiling="none")


def test_two_monkeys_are_not_resampled(acts, trials):
    two = trials.isel(neuroid=trials["animal"].values != "c")
    with pytest.raises(InputError, match="2 subjects are too few to resample subjects"):
        ck.rsa(acts, two, subjects="animal", bootstrap=20, resample=("stimulus", "animal"))


def test_neuroids_of_rdms_cannot_be_resampled(models, subjects):
    with pytest.raises(InputError, match="resampling neuroids needs recordings; RDMs were given"):
        ck.rsa(models, subjects, bootstrap=20, resample="neuroid")


def test_repetitions_that_are_not_there_cannot_be_resampled(acts, trials):
    once = trials.isel(repetition=[0])
    with pytest.raises(InputError, match="needs stimuli that were shown at least twice"):
        ck.rsa(acts, once, areas=["V4"], bootstrap=20, resample="repetition", ceiling="none")


def test_by_needs_subjects(models, subjects):
    with pytest.raises(InputError, match=r"by='subject' \(--by subject\) needs RDMs with a dim"):
        ck.rsa(models, subjects.mean("subject"), by="subject")
    with pytest.raises(UnknownNameError, match="unknown coordinate of the subjects"):
        ck.rsa(models, subjects, by="person")


def test_clusters_need_time_bins(models, subjects):
    with pytest.raises(InputError, match="over neighbouring time bins, and scores have the dims"):
        ck.rsa(models, subjects, permutations=19, correction="cluster")


def test_a_correction_needs_permutations(acts, trials):
    with pytest.raises(InputError, match=r"correction='max' .* add permutations=999"):
        ck.rsa(acts, trials, correction="max")
    with pytest.raises(UnknownNameError, match="unknown correction 'fdr'"):
        ck.rsa(acts, trials, permutations=19, correction="fdr")
