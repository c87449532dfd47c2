"""Permutation p values and bootstrap intervals of rsa()."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import cornetkit as ck
from cornetkit.kernels.clusters import cluster_correction
from cornetkit.kernels.rdm_compare import compare_pairs
from cornetkit.kernels.resampling import multiplicities, permutations, two_factor_variance

pytestmark = pytest.mark.filterwarnings("ignore::cornetkit.errors.CornetkitWarning")
ASKED = {"permutations": 39, "bootstrap": 40, "ceiling": "none", "rng": 3}


@pytest.fixture(scope="module")
def result(acts, trials, quietly):
    return quietly(ck.rsa, acts, trials, **ASKED)


@pytest.fixture(scope="module")
def pairs(acts, trials, quietly):
    """The RDMs of V4's last step and of the second bin, condensed, stimuli sorted."""
    ours = quietly(ck.rdm, acts, areas=["V4"]).sel(area="V4", time=2)
    theirs = ck.rdm(trials)[1]
    rows, columns = np.triu_indices(14, 1)
    return tuple(x.values[rows, columns][None] for x in (ours, theirs))


def test_resamples_are_those_of_weighted_comparisons(result, pairs):
    counts = multiplicities(14, 40, np.random.default_rng([3, 1]))
    expected = [compare_pairs(*pairs, "spearman", weights)[0, 0] for weights in counts]
    found = result["resampled"].sel(area="V4", time=2)[:, 1]
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_intervals_are_t_intervals_of_the_corrected_variance(result):
    here = result.sel(area="V4", time=0).isel(time_bin=1)
    drawn = float(here["resampled"].var(ddof=1)) * 14 / 13
    left_out = float(here["jackknife"].var(ddof=0)) * 13
    variance = 2 * left_out - drawn
    assert drawn / 3 < variance < drawn  # or the formula is not what is tested
    half = stats.t.ppf(0.975, 13) * np.sqrt(variance)
    assert float(here["score_low"]) == pytest.approx(float(here["score"]) - half)
    assert float(here["score_high"]) == pytest.approx(float(here["score"]) + half)


def test_no_limit_lies_beyond_what_a_similarity_can_be(models, subjects):
    asked = {"ceiling": "none", "bootstrap": 20, "resample": "subject"}
    near = xr.concat([subjects[0], subjects[0] * 1.1, subjects[1]], "subject").drop_vars("subject")
    found = ck.rsa(subjects[0].drop_vars("subject"), near, **asked)
    assert float(found["score_high"]) == 1
    assert float(found["score_low"]) < float(found["score"]) < 1


def test_the_jackknife_leaves_one_stimulus_out_at_a_time(result, acts, trials, quietly):
    for k in (0, 9):
        kept = trials.isel(stimulus=np.delete(np.arange(14), k))
        alone = quietly(ck.rsa, acts, kept, join="inner", ceiling="none")
        np.testing.assert_allclose(result["jackknife"][k], alone["score"], atol=1e-10)


def test_p_counts_permutations_of_stimuli(result, pairs):
    orders = permutations(14, 39, np.random.default_rng([3, 0]))
    rows, columns = np.triu_indices(14, 1)
    square = np.zeros((14, 14))
    square[rows, columns] = square[columns, rows] = pairs[0][0]
    null = [
        compare_pairs(square[np.ix_(o, o)][rows, columns][None], pairs[1])[0, 0] for o in orders
    ]
    score = float(result["score"].sel(area="V4", time=2)[1])
    expected = (1 + sum(value >= score for value in null)) / 40
    assert float(result["p"].sel(area="V4", time=2)[1]) == pytest.approx(expected)
    np.testing.assert_allclose(result["null"].sel(area="V4", time=2)[:, 1], null, atol=1e-10)


def test_the_corrected_p_is_that_of_the_highest_score_of_each_permutation(result):
    highest = result["null"].max(["area", "time", "time_bin"]).values
    for score, p in zip(
        result["score"].values.ravel(), result["p_corrected"].values.ravel(), strict=True
    ):
        if np.isnan(score):
            assert np.isnan(p)
        else:
            assert p == pytest.approx((1 + (highest >= score).sum()) / 40)
    assert (result["p_corrected"] >= result["p"]).where(result["p"].notnull(), True).all()


def test_undefined_scores_have_no_p_and_no_interval(result):
    for name in ("p", "p_corrected", "score_low", "score_high"):
        assert np.isnan(result[name].sel(area="IT", time=[0, 1])).all()


def test_the_score_is_the_same_with_and_without_inference(result, acts, trials, quietly):
    plain = quietly(ck.rsa, acts, trials, ceiling="none")
    np.testing.assert_array_equal(plain["score"], result["score"])
    assert not {"p", "score_low", "resampled"} & set(plain.variables)


def test_the_same_seed_gives_the_same_and_another_gives_others(result, acts, trials, quietly):
    again = quietly(ck.rsa, acts, trials, **ASKED)
    xr.testing.assert_identical(again, result)
    other = quietly(ck.rsa, acts, trials, **{**ASKED, "rng": 4})
    assert not np.allclose(other["score_low"], result["score_low"], equal_nan=True)


def test_the_order_of_stimuli_changes_no_p_and_no_interval(result, acts, trials, quietly):
    moved = trials.isel(stimulus=np.random.default_rng(0).permutation(14))
    again = quietly(ck.rsa, acts, moved, **ASKED)
    for name in ("p", "p_corrected", "score_low", "resampled"):
        np.testing.assert_allclose(again[name], result[name], atol=1e-10)


def test_two_factors_combine_three_bootstraps_and_the_jackknife(models, subjects):
    found = ck.rsa(models, subjects, bootstrap=200, resample=("stimulus", "subject"))
    assert found["resampled_subject"].dims == ("resample", "model")
    assert found["jackknife_r"].dims == ("left_out", "model", "subject")
    parts = [found[f"resampled{n}"].values.var(0, ddof=1) for n in ("_stimulus", "_subject", "")]
    for model in range(2):
        between = []
        for name, scale in (("resampled_r", 8 / 7), ("jackknife_r", 49 / 8)):
            covariance = np.cov(found[name][:, model].values.T)
            between.append(scale * covariance[~np.eye(5, dtype=bool)].mean())
        v_stimulus, v_subject, v_both = (v[model] for v in parts)
        alone = 49 / 8 * found["jackknife"].values.var(0, ddof=1)[model]
        least = np.clip(2 * alone - v_stimulus * 8 / 7, v_stimulus * 8 / 21, v_stimulus * 8 / 7)
        variance = two_factor_variance(
            v_stimulus, v_subject, v_both, 8, 5,
            excess=max(2 * (between[0] - between[1]), 0), least_a=least,
        )  # fmt: skip
        of_stimuli = max(variance - v_subject * 5 / 4, 0)
        of_subjects = max(variance - least, 0)
        of_both = max(variance - of_stimuli - of_subjects, 0)
        dof = variance**2 / (of_stimuli**2 / 7 + of_subjects**2 / 4 + of_both**2 / 28)
        half = stats.t.ppf(0.975, dof) * np.sqrt(variance)
        width = float((found["score_high"] - found["score_low"])[model])
        assert width == pytest.approx(2 * half)


def test_subjects_are_drawn_whole(models, subjects):
    found = ck.rsa(models, subjects, bootstrap=30, resample="subject", rng=1)
    drawn = multiplicities(5, 30, np.random.default_rng([1, 2]))
    expected = drawn @ found["r"].transpose("subject", "model").values / 5
    np.testing.assert_allclose(found["resampled"], expected)


def test_both_factors_draw_the_resamples_of_each(models, subjects):
    both = ck.rsa(models, subjects, bootstrap=30, resample=("stimulus", "subject"), rng=1)
    alone = ck.rsa(models, subjects, bootstrap=30, resample="subject", rng=1)
    np.testing.assert_allclose(both["resampled_subject"], alone["resampled"])


def test_resampled_neuroids_make_their_rdms_again(acts, trials, quietly):
    asked = {"areas": ["V4"], "ceiling": "none", "bootstrap": 20, "resample": "neuroid", "rng": 2}
    found = quietly(ck.rsa, acts, trials, **asked)
    chosen = np.random.default_rng([2, 3]).integers(24, size=24)
    copies = trials.isel(neuroid=chosen).assign_coords(neuroid=np.arange(24))
    expected = quietly(ck.rsa, acts, copies, areas=["V4"], ceiling="none")
    np.testing.assert_allclose(found["resampled"][0], expected["score"], atol=1e-10)


def test_resampled_repetitions_widen_with_noise(acts, trials, quietly):
    asked = {"areas": ["V4"], "ceiling": "none", "bootstrap": 60, "resample": "repetition"}
    calm = trials.mean("repetition") + 0.2 * (trials - trials.mean("repetition"))
    widths = []
    for each in (calm.transpose(*trials.dims), trials):
        found = quietly(ck.rsa, acts, each, **asked).sel(time=2).isel(time_bin=1)
        widths.append(float((found["score_high"] - found["score_low"])[0]))
    assert 0 < 2 * widths[0] < widths[1]


def test_trials_without_noise_give_repetitions_nothing_to_draw(acts, trials, quietly):
    still = trials.mean("repetition").expand_dims(repetition=np.arange(6)).transpose(*trials.dims)
    asked = {"areas": ["V4"], "ceiling": "none", "bootstrap": 20, "resample": "repetition"}
    found = quietly(ck.rsa, acts, still, **asked)
    expected = np.broadcast_to(found["score"], found["resampled"].shape)
    np.testing.assert_allclose(found["resampled"], expected, atol=1e-10)


def test_permutations_stay_inside_the_blocks(acts, trials, quietly):
    asked = {**ASKED, "bootstrap": None, "areas": ["V4"]}
    found = quietly(ck.rsa, acts, trials, permute_within="object_name", **asked)
    labels = {f"s{k:02d}": f"o{k % 3}" for k in range(14)}
    again = quietly(ck.rsa, acts, trials, permute_within=labels, **asked)
    np.testing.assert_array_equal(found["null"], again["null"])
    free = quietly(ck.rsa, acts, trials, **asked)
    assert not np.allclose(found["null"], free["null"])
    assert found.attrs["permute_within"] == "object_name"


def test_by_gives_every_animal_scores_and_intervals_of_its_own(acts, trials, quietly):
    asked = {**ASKED, "areas": ["V4"], "ceiling": "auto"}
    found = quietly(ck.rsa, acts, trials, by="animal", **asked)
    assert found["score"].dims == ("area", "time", "animal", "time_bin")
    alone = quietly(ck.rsa, acts, trials.sel(neuroid=trials["animal"] == "b"), **asked)
    for name in ("score", "score_low", "score_high", "p"):
        one = found[name].sel(animal="b").transpose(*alone[name].dims)
        np.testing.assert_allclose(one, alone[name], atol=1e-10)
    assert found["ceiling_lower"].dims == ("animal", "time_bin")


def test_by_subject_keeps_rdms_apart(models, subjects):
    found = ck.rsa(models, subjects, by="subject", bootstrap=20)
    averaged = ck.rsa(models, subjects)
    np.testing.assert_allclose(found["score"], averaged["r"])
    ceiling = ck.rdm_ceiling(subjects)["lower"]
    np.testing.assert_allclose(found["ceiling_lower"], ceiling)


def test_what_was_resampled_is_in_the_attributes(result):
    expected = {
        "permutations": 39,
        "permute_within": "none",
        "alternative": "greater",
        "bootstrap": 40,
        "resample_of": ["stimulus"],
        "resample_items": [14],
        "resample_seed": 3,
        "confidence": 0.95,
    }
    assert expected.items() <= result.attrs.items()


def test_a_result_with_resamples_is_saved_and_opened(result, tmp_path):
    again = ck.open_rsa(ck.save_rsa(result, tmp_path / "rsa.nc"))
    xr.testing.assert_equal(again, result)
    assert again.attrs["resample_seed"] == 3


def test_the_table_has_p_and_the_interval(result):
    table = ck.rsa_table(result)
    row = table[(table.area == "V4") & (table.step == 2) & (table.bin_ms == "70-170")].iloc[0]
    for name in ("score_low", "score_high", "p", "p_corrected"):
        assert row[name] == float(result[name].sel(area="V4", time=2)[1])
    assert not {"p", "score_low"} & set(ck.rsa_table(result.drop_vars(["p", "score_low"])))


def test_clusters_of_bins_are_corrected_on_request(acts, trials, quietly):
    found = quietly(ck.rsa, acts, trials, permutations=39, ceiling="none", correction="cluster")
    expected = cluster_correction(found["score"].values, found["null"].values, axes=(2,))
    assert found["score"].dims[2] == "time_bin"
    np.testing.assert_array_equal(found["p_corrected"], expected.p_map)
    np.testing.assert_array_equal(found["cluster"], expected.labels)
    assert found.attrs["correction"] == "cluster"
