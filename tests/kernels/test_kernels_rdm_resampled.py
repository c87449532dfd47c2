"""Comparisons of RDMs in bootstrap resamples and under permutations, against copies of RDMs."""

import numpy as np
import pytest

from cornetkit.errors import InputError, UnknownNameError
from cornetkit.kernels.cka import cka_grams
from cornetkit.kernels.pairs import condense, expand
from cornetkit.kernels.rdm_compare import COMPARISONS, compare_pairs
from cornetkit.kernels.rdm_resampled import compare_permuted, compare_resampled
from cornetkit.kernels.resampling import multiplicities, permutations

N = 12
PLAIN = ("spearman", "pearson", "cosine", "kendall")


@pytest.fixture(scope="module")
def rdms():
    rng = np.random.default_rng(0)
    A, B = rng.exponential(size=(3, N * (N - 1) // 2)), rng.exponential(size=(2, N * (N - 1) // 2))
    A[0] = np.round(2 * A[0])  # ties
    return A, B


@pytest.fixture(scope="module")
def counts():
    return multiplicities(N, 8, np.random.default_rng(1))


def with_copies(D, weights):
    """Return RDMs in which a stimulus stands so many times; pairs of its copies are NaN."""
    chosen = np.repeat(np.arange(N), weights)
    square = expand(D)[..., chosen, :][..., chosen].copy()
    square[..., chosen[:, None] == chosen] = np.nan
    return condense(square)


def solved(a, b, weights, *, centre=False, unbiased=False):
    """Return a whitened comparison, or unbiased CKA, by dense algebra over all pairs of copies."""
    chosen = np.repeat(np.arange(N), weights)
    i, j = np.triu_indices(len(chosen), 1)
    i, j = (index[chosen[i] != chosen[j]] for index in (i, j))
    x, y = (expand(D)[chosen[i], chosen[j]] for D in (a, b))
    if centre:
        x, y = x - x.mean(), y - y.mean()
    design = np.zeros((len(i), len(chosen)))
    design[np.arange(len(i)), i] = 1
    design[np.arange(len(i)), j] = -1
    if unbiased:
        sums = np.abs(design)
        x, y = (v - sums @ np.linalg.lstsq(sums, v, rcond=None)[0] for v in (x, y))
        return x @ y / np.sqrt(x @ x * (y @ y))
    V = (design @ design.T) ** 2
    xx, xy, yy = (u @ np.linalg.solve(V, v) for u, v in ((x, x), (x, y), (y, y)))
    return xy / np.sqrt(xx * yy)


@pytest.mark.parametrize("metric", PLAIN)
def test_a_resample_is_the_comparison_of_rdms_with_copies(rdms, counts, metric):
    found = compare_resampled(*rdms, metric, counts)
    for weights, here in zip(counts, found, strict=True):
        expected = compare_pairs(*(with_copies(X, weights) for X in rdms), metric)
        np.testing.assert_allclose(here, expected, atol=1e-12)


@pytest.mark.parametrize("metric", ["whitened-cosine", "whitened-pearson", "unbiased"])
def test_a_whitened_resample_is_solved_over_all_pairs_of_copies(rdms, counts, metric):
    found = compare_resampled(*rdms, metric, counts)
    how = {"centre": metric == "whitened-pearson", "unbiased": metric == "unbiased"}
    for weights, here in zip(counts, found, strict=True):
        expected = [[solved(a, b, weights, **how) for b in rdms[1]] for a in rdms[0]]
        np.testing.assert_allclose(here, expected, atol=1e-12)


@pytest.mark.parametrize("metric", COMPARISONS)
def test_weights_of_one_comparison_are_those_of_a_resample(rdms, counts, metric):
    expected = compare_resampled(*rdms, metric, counts[:1])[0]
    np.testing.assert_allclose(compare_pairs(*rdms, metric, counts[0]), expected, atol=1e-12)


@pytest.mark.parametrize("metric", COMPARISONS)
def test_every_stimulus_once_is_the_comparison_itself(rdms, metric):
    found = compare_resampled(*rdms, metric, np.ones((1, N), dtype=int))[0]
    np.testing.assert_allclose(found, compare_pairs(*rdms, metric), atol=1e-12)


@pytest.mark.parametrize(("unbiased", "metric"), [(True, "unbiased"), (False, "whitened-cosine")])
def test_of_euclidean_distances_it_is_cka(unbiased, metric):
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(N, 30)), rng.normal(size=(N, 7))
    D = [condense(((Z[:, None] - Z[None]) ** 2).sum(-1))[None] for Z in (X, Y)]
    found = compare_resampled(*D, metric, np.ones((1, N), dtype=int))[0]
    expected = cka_grams([X @ X.T], [Y @ Y.T], unbiased=unbiased)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    order = permutations(N, 3, rng)
    moved = compare_permuted(*D, metric, order)
    for one, here in zip(order, moved, strict=True):
        again = cka_grams([X[one] @ X[one].T], [Y @ Y.T], unbiased=unbiased)
        np.testing.assert_allclose(here, again, atol=1e-12)


@pytest.mark.parametrize(
    ("metric", "theirs"), [("pearson", "corr"), ("spearman", "spearman"), ("cosine", "cosine")]
)
def test_a_resample_is_that_of_rsatoolbox(rdms, metric, theirs):
    pytest.importorskip("rsatoolbox")
    from rsatoolbox.inference.bootstrap import bootstrap_sample
    from rsatoolbox.rdm import RDMs, compare

    models, subjects = (RDMs(X) for X in rdms)
    state = np.random.get_state()
    try:
        np.random.seed(0)  # rsatoolbox draws from NumPy's global state
        for _ in range(5):
            sample, chosen, stimuli = bootstrap_sample(subjects)
            drawn = models.subsample_pattern("index", stimuli)
            expected = compare(drawn, sample, theirs)
            counts = np.bincount(stimuli, minlength=N)[None]
            found = compare_resampled(*rdms, metric, counts)[0]
            np.testing.assert_allclose(found[:, chosen], expected, atol=1e-10)
    finally:
        np.random.set_state(state)


def test_missing_pairs_are_left_out_of_every_resample(rdms, counts):
    A, B = (X.copy() for X in rdms)
    A[1, 5] = B[0, 20] = np.nan
    for metric in ("spearman", "pearson"):
        found = compare_resampled(A, B, metric, counts)
        for weights, here in zip(counts, found, strict=True):
            np.testing.assert_allclose(here, compare_pairs(A, B, metric, weights), atol=1e-12)


@pytest.mark.parametrize("metric", [*COMPARISONS, "unbiased"])
def test_a_resample_in_which_an_rdm_is_constant_has_no_similarity(metric):
    labels = np.arange(N) < 6
    A = condense((labels[:, None] != labels).astype(float))[None]
    B = np.random.default_rng(3).exponential(size=(1, A.shape[1]))
    weights = np.where(labels, 2, 0)[None]  # all of one category
    assert np.isnan(compare_resampled(A, B, metric, weights)).all()
    few = np.zeros((1, N), dtype=int)
    few[0, :2] = 6  # one pair of stimuli, many copies
    assert np.isnan(compare_resampled(B, B, metric, few)).all()


@pytest.mark.parametrize("metric", COMPARISONS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_permutation_moves_stimuli_and_not_pairs(rdms, metric, turned):
    A, B = rdms[::-1] if turned else rdms
    orders = permutations(N, 4, np.random.default_rng(4))
    found = compare_permuted(A, B, metric, orders)
    for order, here in zip(orders, found, strict=True):
        moved = condense(expand(A)[:, order][:, :, order])
        np.testing.assert_allclose(here, compare_pairs(moved, B, metric), atol=1e-12)


def test_rdms_that_are_missing_stay_so_under_permutation(rdms):
    A, B = (X.copy() for X in rdms)
    A[1] = np.nan
    B[0, 3] = np.nan
    orders = permutations(N, 3, np.random.default_rng(5))
    found = compare_permuted(A, B, "pearson", orders)
    assert np.isnan(found[:, 1]).all()
    moved = condense(expand(A)[:, orders[0]][:, :, orders[0]])
    np.testing.assert_allclose(found[0], compare_pairs(moved, B, "pearson"), atol=1e-12)


def test_wrong_counts_orders_and_names_are_told(rdms, counts):
    with pytest.raises(UnknownNameError, match="did you mean 'spearman'"):
        compare_resampled(*rdms, "sperman", counts)
    with pytest.raises(InputError, match=r"counts of shape \(8, 11\) were given for 12 stimuli"):
        compare_resampled(*rdms, "pearson", counts[:, 1:])
    with pytest.raises(InputError, match=r"orders of shape \(8, 11\) were given for 12 stimuli"):
        compare_permuted(*rdms, "pearson", counts[:, 1:])
    missing = rdms[0].copy()
    missing[:, 0] = np.nan
    with pytest.raises(InputError, match="'whitened-cosine' needs the distances of all pairs"):
        compare_resampled(missing, rdms[1], "whitened-cosine", counts)
