"""Corrections for many tests against loops that do one entry, one map at a time."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.clusters import cluster_correction, max_statistic


def maps(shape, n=60, seed=0):
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n + 1, *shape)).cumsum(axis=-1)  # neighbours are alike
    return noise[0], noise[1:]


def naive_max(observed, null):
    flat = observed.ravel()
    largest = [np.nanmax(each.ravel()[~np.isnan(flat)]) for each in null]
    p = [(1 + sum(m >= value for m in largest)) / (1 + len(null)) for value in flat]
    return np.where(np.isnan(flat), np.nan, p).reshape(observed.shape)


def naive_clusters(z, above, axes):
    """Return lists of entries, grown from each seed by looking at its neighbours."""
    left = {tuple(int(i) for i in at) for at in np.argwhere(above)}
    found = []
    while left:
        todo, cluster = [left.pop()], []
        while todo:
            at = todo.pop()
            cluster.append(at)
            for axis in axes:
                for move in (-1, 1):
                    beside = list(at)
                    beside[axis] += move
                    if tuple(beside) in left:
                        left.remove(tuple(beside))
                        todo.append(tuple(beside))
        found.append((sorted(cluster), sum(z[at] for at in cluster)))
    return found


def naive_correction(observed, null, axes, alpha):
    everything = np.stack([observed, *null])
    z = (everything - everything.mean(axis=0)) / everything.std(axis=0)
    limit = np.quantile(z, 1 - alpha, axis=0)
    of_maps = [naive_clusters(each, (each >= limit) & (each > 0), axes) for each in z]
    heaviest = [max((mass for _, mass in found), default=0.0) for found in of_maps]
    p_map = np.ones(observed.shape)
    for cluster, mass in of_maps[0]:
        p = np.mean([other >= mass * (1 - 1e-12) for other in heaviest])
        for at in cluster:
            p_map[at] = p
    return p_map


@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4)])
def test_the_largest_statistic_corrects_as_a_loop_does(shape):
    observed, null = maps(shape)
    np.testing.assert_allclose(max_statistic(observed, null), naive_max(observed, null))


def test_two_sided_is_one_sided_of_absolute_values():
    observed, null = maps((3, 4))
    expected = naive_max(np.abs(observed), np.abs(null))
    np.testing.assert_allclose(max_statistic(observed, null, two_sided=True), expected)


def test_an_entry_without_statistic_has_no_p_and_does_not_count():
    observed, null = maps((6,))
    observed[2] = np.nan
    null[:, 2] = 1e9
    found = max_statistic(observed, null)
    assert np.isnan(found[2])
    kept = np.delete(np.arange(6), 2)
    np.testing.assert_allclose(found[kept], naive_max(observed[kept], null[:, kept]))


def test_standardised_entries_count_alike_whatever_their_scale():
    observed, null = maps((5,))
    scale = np.array([1, 10, 100, 0.1, 1e-3])
    first = max_statistic(observed, null, standardize=True)
    np.testing.assert_allclose(
        first, max_statistic(observed * scale, null * scale, standardize=True)
    )


@pytest.mark.parametrize(
    ("shape", "axes"), [((30,), (0,)), ((3, 12), (1,)), ((5, 6), (0, 1)), ((2, 4, 5), (1, 2))]
)
@pytest.mark.parametrize("seed", range(3))
def test_clusters_are_those_of_a_search_by_hand(shape, axes, seed):
    observed, null = maps(shape, seed=seed)
    found = cluster_correction(observed, null, axes=axes, alpha=0.2)
    np.testing.assert_allclose(found.p_map, naive_correction(observed, null, axes, 0.2))


def test_both_signs_are_found_and_never_joined():
    rng = np.random.default_rng(1)
    null = rng.standard_normal((99, 10))
    observed = np.array([0, 5, 5, -5, -5, 0, 0, 0, 0, 0], float)
    found = cluster_correction(observed, null, threshold=2.0, two_sided=True)
    np.testing.assert_array_equal(found.labels, [0, 1, 1, 2, 2, 0, 0, 0, 0, 0])
    assert found.mass[0] > 0 > found.mass[1]
    np.testing.assert_allclose(found.p, 0.01)


def test_a_gap_without_statistic_parts_a_cluster():
    null = np.random.default_rng(2).standard_normal((99, 5))
    observed = np.array([5, 5, np.nan, 5, 5])
    null[:, 2] = np.nan
    found = cluster_correction(observed, null, threshold=2.0)
    np.testing.assert_array_equal(found.labels, [1, 1, 0, 2, 2])
    assert np.isnan(found.p_map[2])


def test_a_map_that_never_varies_has_no_cluster():
    found = cluster_correction(np.ones(4), np.ones((20, 4)))
    assert not found.labels.any()
    np.testing.assert_array_equal(found.p_map, 1.0)


def test_false_claims_anywhere_are_as_rare_as_promised():
    """200 null maps of 12 autocorrelated bins: some corrected p <= .05 in about 5 % of them."""
    rng = np.random.default_rng(3)
    hits = np.zeros(2)
    for _ in range(200):
        noise = np.cumsum(rng.standard_normal((100, 14)), axis=1)[:, 2:]
        hits[0] += np.nanmin(max_statistic(noise[0], noise[1:])) <= 0.05
        hits[1] += cluster_correction(noise[0], noise[1:]).p_map.min() <= 0.05
    # 5 % of 200, and three standard errors.
    assert (hits <= 10 + 3 * 3.1).all()
    assert (hits >= 1).all()


@pytest.mark.parametrize("function", [max_statistic, cluster_correction])
def test_shapes_that_do_not_fit_are_told(function):
    with pytest.raises(InputError, match=r"shape \(9, 4\).*expected \(n_permutations, 5\)"):
        function(np.zeros(5), np.zeros((9, 4)))


@pytest.mark.parametrize("function", [max_statistic, cluster_correction])
def test_no_permutation_is_told(function):
    with pytest.raises(InputError, match="no permutation was given; expected at least 1"):
        function(np.zeros(5), np.zeros((0, 5)))


def test_axes_outside_of_the_map_are_told():
    with pytest.raises(InputError, match=r"axes=\(1,\) was given for statistics of 1 dims"):
        cluster_correction(np.zeros(5), np.zeros((3, 5)), axes=(1,))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"alpha": 1.0}, "alpha=1.0 was given"), ({"threshold": 0.0}, "threshold=0.0 was given")],
)
def test_limits_out_of_range_are_told(wrong, message):
    with pytest.raises(InputError, match=message):
        cluster_correction(np.zeros(5), np.zeros((3, 5)), **wrong)
