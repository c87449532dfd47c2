"""Intervals of predict against naive loops, and what a bootstrap must not do."""

import numpy as np
import pytest

from cornetkit.errors import InputError
from cornetkit.kernels.resampling import multiplicities
from cornetkit.predictivity.influence import correlation_influence


def resampled_by_hand(scores, planted_data, widening):
    """Return the score of each resample of stimuli: loops over resamples, splits and neuroids."""
    predicted = scores["predicted"].values[0, 0, 0]
    observed = scores["observed"].values[0]
    split = scores["held_out_in"].values
    counts = multiplicities(len(split), 50, np.random.default_rng([0, 1]))
    found = np.empty(50)
    for b in range(50):
        of_splits = []
        for k in np.unique(split):
            rows = split == k
            of_neuroids = []
            for j in range(observed.shape[1]):
                x, y = predicted[rows, j], observed[rows, j]
                r = np.corrcoef(x, y)[0, 1]
                a, c = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
                m = rows.sum()
                moves = (a * c - r / 2 * (a**2 + c**2)) / m
                moves /= np.sqrt(np.maximum(1 - (1 + a**2) / m, 0.1))
                of_neuroids.append(r + widening * ((counts[b, rows] - 1) * moves).sum())
            of_splits.append(np.median(of_neuroids))
        found[b] = np.mean(of_splits)
    return found - found.mean() + scores["score"].item()


def test_resamples_of_stimuli_are_those_of_loops(planted, quietly):
    data = planted()
    scores = quietly(*data, bootstrap=50, resample="stimulus", keep_predictions=True)
    widening = np.sqrt(1 + scores["training_noise"].item())
    np.testing.assert_allclose(
        scores["resampled"].values.ravel(), resampled_by_hand(scores, data, widening), atol=1e-10
    )


def test_resamples_of_neuroids_are_those_of_loops(planted, quietly):
    scores = quietly(*planted(n_neuroids=7), bootstrap=50, resample="neuroid")
    drawn = np.random.default_rng([0, 2]).integers(7, size=(50, 7))
    r = scores["r"].values[0, 0, 0]  # (split, neuroid)
    by_hand = np.array([np.median(r[:, one], axis=1).mean() for one in drawn])
    np.testing.assert_allclose(
        scores["resampled"].values.ravel(),
        by_hand - by_hand.mean() + scores["score"].item(),
    )


def test_the_score_itself_is_that_without_a_bootstrap(planted, quietly):
    data = planted()
    plain, more = quietly(*data), quietly(*data, bootstrap=60, permutations=19)
    for name in ("r", "score", "score_error", "normalized", "ceiling_score"):
        np.testing.assert_array_equal(plain[name].values, more[name].values)
    assert "resampled" not in plain


def test_without_a_bootstrap_intervals_are_over_neuroids_as_before(planted, quietly):
    scores = quietly(*planted())
    assert scores["score_low"].attrs["interval"].startswith("95 %, bootstrap over neuroids only")


def test_intervals_say_what_was_drawn(planted, quietly):
    scores = quietly(*planted(), bootstrap=60)
    assert scores.attrs["resample_of"] == ["stimulus", "neuroid"]
    assert scores.attrs["resample_items"] == [60, 4]
    assert scores.attrs["resample_seed"] == 0
    assert "held-out stimuli and neuroids" in scores["score_low"].attrs["interval"]


def test_the_interval_over_both_is_no_narrower_than_over_neuroids(planted, quietly):
    data = planted(n_neuroids=8)
    both, neuroids = (
        quietly(*data, bootstrap=400, resample=which)["score_sd"].item()
        for which in ("stimulus,neuroid", "neuroid")
    )
    assert both >= 0.9 * neuroids


def moves_by_hand(scores, n_resamples):
    """Return what resamples of stimuli add to r, (resample, split, neuroid), by loops."""
    predicted = scores["predicted"].values[0, 0, 0]
    observed = scores["observed"].values[0]
    split = scores["held_out_in"].values
    counts = multiplicities(len(split), n_resamples, np.random.default_rng([0, 1]))
    found = np.empty((n_resamples, 10, observed.shape[1]))
    for k in range(10):
        rows = split == k
        x = correlation_influence(predicted[rows], observed[rows]).of_stimuli
        for b in range(n_resamples):
            found[b, k] = (counts[b, rows] - 1) @ x
    return found * np.sqrt(1 + scores["training_noise"].item())


def test_two_factors_count_the_noise_of_single_neuroids_once(planted, quietly):
    """What moves all neuroids together is added to what draws of neuroids hold already."""
    scores = quietly(*planted(n_neuroids=8), bootstrap=100, keep_predictions=True)
    moves = moves_by_hand(scores, 100).mean(axis=1)  # over splits
    mean = moves.mean(axis=1)
    of_single = moves.var(axis=1, ddof=1).mean() / 8
    common = max(mean.var() - of_single, 0.0)
    assert scores["resampled_stimulus"].values.var() == pytest.approx(common)
    drawn = scores["resampled_neuroid"].values - scores["score"].item()
    np.testing.assert_allclose(scores["resampled"], scores["resampled_stimulus"] + drawn)
    assert scores["score_sd"].item() == pytest.approx(scores["resampled"].values.std())


def test_one_stimulus_effect_for_all_neuroids_is_not_averaged_away(planted, quietly):
    """Neuroids that are copies of one another move together: the spread is that of stimuli."""
    data = planted(n_neuroids=8)
    same = data.recordings.copy(data=np.repeat(data.recordings.values[:, :, :1], 8, axis=2))
    both = quietly(data.features, same, bootstrap=300)["score_sd"].item()
    stimuli = quietly(data.features, same, bootstrap=300, resample="stimulus")["score_sd"].item()
    assert both == pytest.approx(stimuli, rel=1e-6)


def test_limits_lie_within_correlations(planted, quietly):
    scores = quietly(*planted(noise=0.01, n_stimuli=30), bootstrap=60)
    assert -1 < scores["score_low"].item() <= scores["score"].item()
    assert scores["score"].item() <= scores["score_high"].item() <= 1


def test_resampling_before_folding_is_not_what_is_done(planted, quietly):
    """Trap 29: of noise, copies of a stimulus on both sides of a split would give about .7."""
    data = planted(seed=3)
    noise = data.recordings.copy(data=np.random.default_rng(1).standard_normal((240, 1, 4)))
    scores = quietly(data.features, noise, bootstrap=100, resample="stimulus")
    assert scores["resampled"].mean().item() == pytest.approx(scores["score"].item())
    assert scores["score_high"].item() < 0.5


def test_the_same_seed_gives_the_same_resamples_and_another_one_others(planted, quietly):
    data = planted()
    one, again, other = (
        quietly(*data, bootstrap=50, rng=seed)["resampled"].values for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_splits_that_overlap_share_their_draws(planted, quietly):
    """With the same stimuli in two splits the score spreads as one split does, not less."""
    data = planted()
    ids = data.features["stimulus"].values
    split = (ids[:40], ids[40:])
    once = quietly(*data, bootstrap=200, resample="stimulus", splits=[split])
    twice = quietly(*data, bootstrap=200, resample="stimulus", splits=[split, split])
    assert twice["resampled"].std().item() == pytest.approx(
        once["resampled"].std().item(), rel=0.15
    )


def test_many_random_splits_are_said_to_have_narrow_intervals(planted, quietly):
    asked = {"splits": "shuffle", "bootstrap": 50, "alphas": 1.0}
    data = planted(n_stimuli=40)
    notes = [quietly(*data, n_splits=n, **asked).attrs["notes"] for n in (10, 30)]
    said = [any("intervals over stimuli are somewhat too narrow" in x for x in n) for n in notes]
    assert said == [False, True]


def test_groups_are_drawn_whole(planted, quietly):
    data = planted()
    movie = np.repeat(np.arange(12), 5)
    recordings = data.recordings.assign_coords(movie=("presentation", np.repeat(movie, 4)))
    scores = quietly(
        data.features, recordings, bootstrap=50, resample="stimulus", groups="movie", n_splits=4
    )
    assert scores.attrs["resample_items"] == 12
    assert scores.attrs["resample_whole"] == "movie"


def test_noise_of_repetitions_is_that_of_recordings_made_again(planted, quietly):
    """The spread over repetitions is that of the same means with new noise, predictions kept."""
    data = planted(n_stimuli=60, n_repetitions=6, n_neuroids=5, noise=1.5)
    scores = quietly(
        *data, bootstrap=300, resample="repetition", keep_predictions=True, splits="kfold"
    )
    sd = scores["score_sd"].item() / np.sqrt(1 + scores["training_noise"].item())
    rng = np.random.default_rng(1)
    predicted = scores["predicted"].values[0, 0, 0]
    split = scores["held_out_in"].values
    found = []
    for _ in range(300):
        # What a new draw of the noise adds, on top of the means that were recorded.
        y = scores["observed"].values[0] + 1.5 / np.sqrt(6) * rng.standard_normal((60, 5))
        found.append(
            np.mean(
                [
                    np.median(
                        [
                            np.corrcoef(predicted[split == k, j], y[split == k, j])[0, 1]
                            for j in range(5)
                        ]
                    )
                    for k in range(10)
                ]
            )
        )
    assert sd == pytest.approx(np.std(found), rel=0.25)


def test_animals_are_drawn_with_all_their_neuroids(planted, quietly):
    data = planted(n_neuroids=6)
    recordings = data.recordings.assign_coords(animal=("neuroid", list("aabbcc")))
    scores = quietly(data.features, recordings, bootstrap=50, resample="animal")
    counts = multiplicities(3, 50, np.random.default_rng([0, 2]))
    r = scores["r"].values[0, 0, 0]
    by_hand = [np.median(np.repeat(r, np.repeat(row, 2), axis=1), axis=1).mean() for row in counts]
    np.testing.assert_allclose(
        scores["resampled"].values.ravel(),
        1.5**0.5 * (np.array(by_hand) - np.mean(by_hand)) + scores["score"].item(),
    )


@pytest.mark.parametrize(("animals", "said"), [("aaaa", "1 animal"), ("aabb", "2 animals")])
def test_one_or_two_animals_are_not_resampled(planted, quietly, animals, said):
    data = planted()
    recordings = data.recordings.assign_coords(animal=("neuroid", list(animals)))
    with pytest.raises(InputError, match=rf"{said} \(.*\) cannot be resampled: 3 or more"):
        quietly(data.features, recordings, bootstrap=50, resample="animal")


def test_animals_that_nobody_named_are_told(planted, quietly):
    with pytest.raises(InputError, match="resample='animal', but the neuroids have no coordinate"):
        quietly(*planted(), bootstrap=50, resample="animal")


def test_two_neuroids_are_not_resampled(planted, quietly):
    with pytest.raises(InputError, match="2 neuroids cannot be resampled: 3 or more"):
        quietly(*planted(n_neuroids=2), bootstrap=50)


def test_stimuli_shown_once_have_no_repetitions_to_draw(planted, quietly):
    data = planted(n_repetitions=1)
    with pytest.raises(InputError, match="60 of 60 held-out stimuli have one trial"):
        quietly(*data, bootstrap=50, resample="repetition")


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "pls", "n_components": 3},
        {"method": "ols"},
        {"method": "best-unit"},
        {"standardize": True},
        {"protocol": "kar2019", "n_components": 3},
        {"splits": "shuffle"},
    ],
)
def test_every_method_has_intervals_and_p(planted, quietly, settings):
    scores = quietly(*planted(), bootstrap=50, permutations=19, **settings)
    assert scores["score_low"].item() < scores["score"].item() < scores["score_high"].item()
    assert scores["p"].item() == 0.05


def test_a_shared_mapping_has_intervals_and_p(planted, quietly):
    data = planted(n_bins=2, n_stimuli=40)
    features = data.features.expand_dims(time=[0, 1]).transpose("stimulus", "time", "unit")
    features = features.assign_coords(
        time_start_ms=("time", [60.0, 90.0]), time_end_ms=("time", [90.0, 120.0])
    )
    scores = quietly(features, data.recordings, mapping="shared", bootstrap=50, permutations=19)
    assert (scores["score_low"] < scores["score_high"]).all()
    assert scores["p"].shape == (1, 1, 2)


def test_missing_responses_are_left_out_one_by_one(planted, quietly):
    data = planted()
    recordings = data.recordings.copy()
    recordings[:12, 0, 0] = np.nan  # three stimuli of one neuroid
    scores = quietly(data.features, recordings, bootstrap=60, permutations=19)
    assert scores["score_low"].item() < scores["score"].item() < scores["score_high"].item()


def test_predictions_are_those_that_are_correlated(planted, quietly):
    data = planted()
    scores = quietly(*data, keep_predictions=True)
    for k in range(10):
        rows = scores["held_out_in"].values == k
        for j in range(4):
            r = np.corrcoef(
                scores["predicted"].values[0, 0, 0, rows, j], scores["observed"].values[0, rows, j]
            )[0, 1]
            assert r == pytest.approx(scores["r"][0, 0, 0, k, j].item())


def test_predictions_of_overlapping_splits_are_kept_split_by_split(planted, quietly):
    scores = quietly(*planted(), keep_predictions=True, splits="shuffle")
    assert scores["predicted"].dims == (
        "area", "time", "time_bin", "split", "stimulus", "neuroid",
    )  # fmt: skip
    kept = (~np.isnan(scores["predicted"].values[0, 0, 0, :, :, 0])).sum(axis=1)
    np.testing.assert_array_equal(kept, 6)
