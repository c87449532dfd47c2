"""Comparisons of RDMs equal those of scipy and rsatoolbox, with ties, gaps and multiplicities."""

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, rankdata, spearmanr

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.pairs import condense, expand
from cornetkit.kernels.ranks import average_ranks
from cornetkit.kernels.rdm_compare import COMPARISONS, compare_pairs, normalise, rescale

THEIR_NAMES = {
    "spearman": "spearman",
    "pearson": "corr",
    "kendall": "tau-a",
    "cosine": "cosine",
    "whitened-cosine": "cosine_cov",
    "whitened-pearson": "corr_cov",
}
PLAIN = ("spearman", "pearson", "kendall", "cosine")


@pytest.fixture
def rdms():
    """Three RDMs with many ties and two without, of 10 stimuli."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 5, (3, 45)).astype(float), rng.normal(size=(2, 45))


@pytest.mark.parametrize("metric", COMPARISONS)
def test_similarities_equal_rsatoolbox(rdms, metric):
    rdm = pytest.importorskip("rsatoolbox.rdm")
    expected = rdm.compare(rdm.RDMs(rdms[0]), rdm.RDMs(rdms[1]), method=THEIR_NAMES[metric])
    np.testing.assert_allclose(compare_pairs(*rdms, metric), expected, atol=1e-12)


def test_correlations_equal_scipy(rdms):
    a, b = rdms[0][0], rdms[1][0]
    for metric, oracle in (("spearman", spearmanr), ("pearson", pearsonr)):
        assert compare_pairs(a[None], b[None], metric)[0, 0] == pytest.approx(oracle(a, b)[0])


def test_tau_a_without_ties_equals_tau_b(rdms):
    a, b = rdms[1]
    assert compare_pairs(a[None], b[None], "kendall")[0, 0] == pytest.approx(kendalltau(a, b)[0])


def test_tau_a_counts_ties_as_neither(rdms):
    a, b = rdms[0][0], rdms[1][0]
    i, j = np.triu_indices(45, 1)
    signs = np.sign(a[i] - a[j]) * np.sign(b[i] - b[j])
    assert compare_pairs(a[None], b[None], "kendall")[0, 0] == pytest.approx(signs.mean())


def test_ranks_equal_scipy_with_and_without_ties(rdms):
    for values in rdms:
        np.testing.assert_array_equal(average_ranks(values), rankdata(values, axis=1))


def test_weighted_ranks_are_those_of_repeated_entries():
    values, times = np.array([[3.0, 1.0, 3.0, 2.0]]), np.array([2, 1, 1, 3])
    expected = rankdata(np.repeat(values[0], times))
    starts = np.cumsum(times) - times
    np.testing.assert_array_equal(average_ranks(values, times)[0], expected[starts])


@pytest.mark.parametrize("metric", PLAIN)
def test_multiplicities_equal_rdms_with_repeated_stimuli(rdms, metric):
    times = np.array([0, 1, 2, 3, 1, 1, 0, 2, 1, 1])
    drawn = np.repeat(np.arange(10), times)
    copies = drawn[:, None] == drawn[None, :]

    def repeated(D):
        square = expand(D)[:, drawn[:, None], drawn[None, :]]
        return condense(np.where(copies, np.nan, square))

    found = compare_pairs(*rdms, metric, weights=times)
    np.testing.assert_allclose(found, compare_pairs(*map(repeated, rdms), metric), atol=1e-12)


@pytest.mark.parametrize("metric", PLAIN)
def test_pairs_that_are_missing_on_a_side_are_left_out(rdms, metric):
    a, b = rdms[0].copy(), rdms[1].copy()
    a[0, :5] = np.nan
    b[1, 10:12] = np.nan
    found = compare_pairs(a, b, metric)
    there = ~np.isnan(a[0]) & ~np.isnan(b[1])
    # Fifteen pairs are those of six stimuli: a form that holds any fifteen numbers.
    expected = compare_pairs(*(np.where(there, x, np.nan)[None] for x in (a[0], b[1])), metric)
    assert found[0, 1] == pytest.approx(expected[0, 0])
    assert found[1, 0] == pytest.approx(compare_pairs(a[1:2], b[:1], metric)[0, 0])


def test_missing_pairs_change_spearman_as_in_scipy(rdms):
    a, b = rdms[0][0].copy(), rdms[1][0]
    a[3:9] = np.nan
    there = ~np.isnan(a)
    found = compare_pairs(a[None], b[None])[0, 0]
    assert found == pytest.approx(spearmanr(a[there], b[there])[0])


@pytest.mark.parametrize("metric", ["whitened-cosine", "whitened-pearson"])
def test_whitened_metrics_leave_out_whole_stimuli_only(rdms, metric):
    a, b = rdms[0].copy(), rdms[1]
    square = expand(a)
    square[:, 4], square[:, :, 4] = np.nan, np.nan
    kept = np.delete(np.arange(10), 4)
    sub = [condense(expand(x)[:, kept[:, None], kept[None, :]]) for x in rdms]
    np.testing.assert_allclose(
        compare_pairs(condense(square), b, metric), compare_pairs(*sub, metric)
    )
    a[0, 0] = np.nan
    with pytest.raises(InputError, match="1 are missing"):
        compare_pairs(a, b, metric)


@pytest.mark.parametrize("metric", PLAIN)
def test_a_constant_rdm_has_no_similarity(rdms, metric):
    flat = np.full((1, 45), 0.0 if metric == "cosine" else 0.1)
    assert np.isnan(compare_pairs(flat, rdms[1], metric)).all()


def test_fewer_than_three_pairs_have_no_similarity():
    a = np.array([[1.0, 2.0, np.nan]])
    assert np.isnan(compare_pairs(a, a)).all()


@pytest.mark.parametrize("metric", COMPARISONS)
def test_an_rdm_is_fully_similar_to_itself(rdms, metric):
    found = compare_pairs(rdms[1], rdms[1], metric).diagonal()
    np.testing.assert_allclose(found, 1, atol=1e-12)


@pytest.mark.parametrize("metric", COMPARISONS)
def test_the_order_of_the_stimuli_changes_nothing(rdms, metric):
    order = np.random.default_rng(1).permutation(10)
    moved = [condense(expand(x)[:, order[:, None], order[None, :]]) for x in rdms]
    np.testing.assert_allclose(
        compare_pairs(*moved, metric), compare_pairs(*rdms, metric), atol=1e-12
    )


def test_float32_rdms_agree_with_float64(rdms):
    single = compare_pairs(rdms[0].astype(np.float32), rdms[1].astype(np.float32), "pearson")
    np.testing.assert_allclose(single, compare_pairs(*rdms, "pearson"), atol=1e-6)


@pytest.mark.parametrize("metric", ["spearman", "pearson", "cosine", "whitened-cosine"])
def test_no_rdm_is_more_similar_than_the_mean_of_rescaled_ones(metric):
    rng = np.random.default_rng(2)
    X = rng.exponential(size=(4, 28)) * np.array([[1], [9], [0.1], [3]])
    best = compare_pairs(X, rescale(X, metric).mean(axis=0)[None], metric).mean()
    others = rng.exponential(size=(50, 28))
    near = rescale(X, metric).mean(axis=0) * (1 + 0.05 * rng.normal(size=(50, 28)))
    for tried in (others, near, X.mean(axis=0)[None]):
        assert compare_pairs(X, tried, metric).mean(axis=0).max() <= best + 1e-12


def test_products_of_normalised_rows_are_the_similarities(rdms):
    Z = [normalise(x, "spearman") for x in rdms]
    np.testing.assert_allclose(Z[0] @ Z[1].T, compare_pairs(*rdms), atol=1e-12)


def test_unrelated_rdms_are_not_similar():
    # With the diagonal and both triangles these would correlate at about .5.
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 200, 30, 5))
    D = [condense(((Z[:, :, None] - Z[:, None]) ** 2).sum(-1)) for Z in (X, Y)]
    found = compare_pairs(D[0][:40], D[1][:40], "pearson").diagonal()
    assert abs(found.mean()) < 0.03


def test_wrong_arguments_are_named(rdms):
    with pytest.raises(UnknownNameError, match="did you mean 'spearman'"):
        compare_pairs(*rdms, "sperman")
    with pytest.raises(InputError, match="of the same pairs"):
        compare_pairs(rdms[0], rdms[1][:, :28])
    with pytest.raises(InputError, match=r"\(9,\) were given for 10 stimuli"):
        compare_pairs(*rdms, weights=np.ones(9))
