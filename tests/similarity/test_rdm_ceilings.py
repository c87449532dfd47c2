"""Ceilings of RDMs: over subjects as rsatoolbox has them, over repetitions as planted."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

import cornetkit as ck
from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.pairs import condense

# The notes of what was left out are tested where they matter.
pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")


def by_hand(pairs):
    """Return each subject's Spearman with the mean of the others, and with that of all."""
    lower = [spearmanr(x, np.delete(pairs, k, 0).mean(0))[0] for k, x in enumerate(pairs)]
    return np.array(lower), np.array([spearmanr(x, pairs.mean(0))[0] for x in pairs])


def test_subject_ceilings_are_those_of_nili(subjects):
    lower, upper = by_hand(condense(subjects.values))
    found = ck.rdm_ceiling(subjects)
    np.testing.assert_allclose(found["lower"], lower)
    np.testing.assert_allclose(found["upper"], upper)
    assert float(found["ceiling_lower"]) == pytest.approx(lower.mean())
    assert float(found["ceiling_upper"]) == pytest.approx(upper.mean())


@pytest.mark.parametrize(
    ("compare", "theirs"), [("spearman", "spearman"), ("pearson", "corr"), ("cosine", "cosine")]
)
def test_normalized_ceilings_equal_rsatoolbox(subjects, compare, theirs):
    rsatoolbox = pytest.importorskip("rsatoolbox")
    from rsatoolbox.inference.noise_ceiling import boot_noise_ceiling

    rdms = rsatoolbox.rdm.RDMs(condense(subjects.values * np.arange(1, 6)[:, None, None]))
    low, high = boot_noise_ceiling(rdms, method=theirs)
    scaled = subjects * xr.DataArray(np.arange(1, 6), dims="subject")
    found = ck.rdm_ceiling(scaled, compare, pool="normalized")
    assert float(found["ceiling_lower"]) == pytest.approx(low)
    assert float(found["ceiling_upper"]) == pytest.approx(high)


def test_no_rdm_passes_the_normalized_upper_ceiling(subjects):
    upper = float(ck.rdm_ceiling(subjects, pool="normalized")["ceiling_upper"])
    best = subjects.copy(data=np.zeros(subjects.shape))[0]
    for seed in range(30):
        mix = np.random.default_rng(seed).dirichlet(np.ones(5))
        best.values[:] = np.tensordot(mix, subjects.values, 1)
        assert float(ck.compare_rdms(best.drop_vars("subject"), subjects).mean()) <= upper + 1e-12


def test_sessions_of_one_subject_are_averaged_and_left_out_together(subjects):
    rng = np.random.default_rng(0)
    noise = np.triu(rng.normal(size=(5, 8, 8)) * 0.05, 1)
    second = subjects + noise + noise.transpose(0, 2, 1)
    sessions = xr.concat([subjects, second], "subject")
    expected = ck.rdm_ceiling((subjects + second) / 2)
    xr.testing.assert_allclose(ck.rdm_ceiling(sessions), expected)
    named = sessions.assign_coords(
        subject=np.arange(10), person=("subject", sessions["subject"].values)
    )
    found = ck.rdm_ceiling(named, subjects="person")
    assert float(found["ceiling_lower"]) == pytest.approx(float(expected["ceiling_lower"]))


def test_labels_that_speak_of_sessions_are_noted(subjects):
    named = subjects.assign_coords(subject=[f"p{k // 2} session {k % 2}" for k in range(5)])
    with pytest.warns(ck.CornetkitWarning, match="sessions of one subject on both sides raise"):
        ck.rdm_ceiling(named)


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_subjects_are_refused_in_words(subjects, n):
    with pytest.raises(InputError, match=f"at least 3 subjects, and there are {n}: the mean"):
        ck.rdm_ceiling(subjects[:n], ceiling="subjects")
    with pytest.raises(InputError, match=f"no noise ceiling \\(NaN\\): {n} subjects are too few"):
        ck.rdm_ceiling(subjects[:n])


def test_a_subject_without_an_rdm_is_left_out(subjects):
    holes = subjects.copy(deep=True)
    holes[3] = np.nan
    found = ck.rdm_ceiling(holes)
    expected = ck.rdm_ceiling(subjects.isel(subject=[0, 1, 2, 4]))
    assert np.isnan(found["lower"].values[3])
    assert float(found["ceiling_upper"]) == pytest.approx(float(expected["ceiling_upper"]))


def simulated(n_repetitions, noise, seed, n_neuroids=200):
    """Return trials of a planted code, and the RDM that they have without noise."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(20, 6)) @ rng.normal(size=(6, n_neuroids))
    dense = signal + noise * rng.normal(size=(n_repetitions, 20, n_neuroids))
    ids = [f"s{k:02d}" for k in range(20)]
    recordings = xr.DataArray(
        dense[:, :, None],
        dims=("repetition", "stimulus", "time_bin", "neuroid"),
        coords={"repetition": np.arange(n_repetitions), "stimulus": ids,
                "neuroid": [f"n{k}" for k in range(n_neuroids)]},
    )  # fmt: skip
    true = ((signal[:, None] - signal[None]) ** 2).mean(-1)
    coords = {"stimulus_a": ids, "stimulus_b": ids}
    return recordings, xr.DataArray(true, dims=("stimulus_a", "stimulus_b"), coords=coords)


@pytest.mark.parametrize(
    ("noise", "n_repetitions", "gap"), [(3.0, 4, 0.01), (3.0, 5, 0.01), (5.0, 4, 0.03)]
)
def test_a_perfect_model_reaches_the_upper_ceiling_of_the_repetitions(noise, n_repetitions, gap):
    above = []
    for seed in range(8):
        recordings, true = simulated(n_repetitions, noise, seed, n_neuroids=60)
        settings = {"metric": "euclidean", "n_halves": 10}
        upper = ck.rdm_ceiling(recordings, "pearson", **settings)["ceiling_upper"]
        result = ck.rsa(true, recordings, ceiling="none", metric="euclidean", compare="pearson")
        above.append(float(result["score"][0]) - float(upper[0]))
    # Halves reach .83 and .55 of 1; squared noise makes the ceiling a little low, never high.
    assert -0.005 < np.mean(above) < gap


def test_the_lower_ceiling_is_the_similarity_of_halves(trials):
    found = ck.rdm_ceiling(trials, n_halves=50)
    assert found["ceiling_lower"].dims == ("time_bin",)
    assert abs(float(found["ceiling_lower"][0])) < 0.2
    lower, upper = float(found["ceiling_lower"][1]), float(found["ceiling_upper"][1])
    assert 0.4 < lower < upper < 1


def test_halves_that_do_not_correlate_have_no_upper_ceiling():
    rng = np.random.default_rng(0)
    for seed in range(20):
        recordings, _ = simulated(2, 1.0, seed)
        noise = recordings.copy(data=rng.normal(size=recordings.shape))
        found = ck.rdm_ceiling(noise)
        if float(found["ceiling_lower"][0]) <= 0:
            break
    assert np.isnan(found["ceiling_upper"].values[0])
    assert any("do not correlate" in note for note in found.attrs["notes"])


def test_the_seed_reproduces_and_another_one_does_not(trials):
    first, again, other = (ck.rdm_ceiling(trials, rng=seed) for seed in (1, 1, 2))
    xr.testing.assert_identical(first, again)
    assert float(first["ceiling_lower"][1]) != float(other["ceiling_lower"][1])


@pytest.mark.parametrize("metric", ["correlation", "crossnobis"])
def test_the_order_of_trials_does_not_matter_where_ids_count_sessions(trials, metric):
    rows = ck.open_recordings(trials)
    # Ids that restart in each session, which count no stimulus's repetitions.
    session = rows["repetition"] // 3
    rows = rows.assign_coords(session=session, repetition=rows["repetition"] % 3)
    other = rows[np.random.default_rng(2).permutation(len(rows))]
    settings = {"metric": metric, "n_halves": 3}
    found, expected = (ck.rdm_ceiling(r, **settings) for r in (other, rows))
    for name in ("ceiling_lower", "ceiling_upper"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-12)


def test_kendall_ceilings_go_through_r():
    from cornetkit.similarity.repetition_ceilings import reached

    r = np.array([0.5])
    tau = 2 / np.pi * np.arcsin(r)
    expected = 2 / np.pi * np.arcsin(reached(r, np.array([2.0]), "pearson"))
    np.testing.assert_allclose(reached(tau, np.array([2.0]), "kendall"), expected)


def test_animals_are_subjects_and_too_few_fall_back_on_repetitions(trials):
    three = ck.rdm_ceiling(trials, subjects="animal")
    assert three.attrs["ceiling"] == "subjects"
    assert three["lower"].dims == ("subject", "time_bin")
    two = trials.sel(neuroid=trials["animal"] != "c")
    with pytest.warns(ck.CornetkitWarning, match="2 subjects are too few"):
        found = ck.rdm_ceiling(two, subjects="animal")
    assert found.attrs["ceiling"] == "repetitions"


def test_crossnobis_needs_four_repetitions_for_halves(trials):
    with pytest.raises(InputError, match="at least 4 repetitions"):
        ck.rdm_ceiling(trials[:3], metric="crossnobis", ceiling="repetitions")
    found = ck.rdm_ceiling(trials, metric="crossnobis", n_halves=3)
    assert float(found["ceiling_upper"][1]) > 0.4


def test_stimuli_shown_once_are_left_out_of_the_halves(trials):
    once = trials.copy(deep=True)
    once[1:, 5] = np.nan
    found = ck.rdm_ceiling(once, n_halves=5)
    assert float(found["ceiling_lower"][1]) > 0.4


def test_wrong_settings_are_named(subjects):
    with pytest.raises(UnknownNameError, match="did you mean 'subjects'"):
        ck.rdm_ceiling(subjects, ceiling="subject")
    with pytest.raises(UnknownNameError, match="did you mean 'normalized'"):
        ck.rdm_ceiling(subjects, pool="normalised")
    with pytest.raises(UnknownNameError, match="unknown coordinate of the subjects"):
        ck.rdm_ceiling(subjects, subjects="person")
    with pytest.raises(InputError, match="needs RDMs with a dim 'subject'"):
        ck.rdm_ceiling(subjects.mean("subject"), subjects="person")
