"""Named protocols against the algorithms they are named after."""

from dataclasses import asdict

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import ShuffleSplit

import cornetkit as ck
from cornetkit.kernels.alphas import BRAINSCORE_ALPHAS
from cornetkit.predictivity.protocols import PROTOCOLS, Protocol


def with_neuroids(recordings, **labels):
    return recordings.assign_coords({n: ("neuroid", v) for n, v in labels.items()})


def with_stimuli(recordings, **labels):
    codes = np.unique(recordings["stimulus"].values, return_inverse=True)[1]
    coords = {n: ("presentation", np.asarray(values)[codes]) for n, values in labels.items()}
    return recordings.assign_coords(coords)


def pearson(a, b):
    return np.array([np.corrcoef(*pair)[0, 1] for pair in zip(a.T, b.T, strict=True)])


def notes_with(scores, text):
    return [note for note in scores.attrs["notes"] if text in note]


_BRAINSCORE = {"alphas": "brainscore", "alpha_per": "all", "min_split_share": 0.0}
_KAR = {
    "method": "pls",
    "n_components": 20,
    "targets": "joint",
    "normalization": "%EV",
    "bin_width": 10.0,
}
# What each protocol has that the default has not.
FROZEN = {
    "cornetkit": {},
    "brainscore": _BRAINSCORE
    | {
        "method": "pls",
        "targets": "joint",
        "splits": "shuffle",
        "seed": 1,
        "stratify": "object_name",
        "ceiling": "brainscore",
        "normalization": "r^2/c",
    },
    "papale2025": _BRAINSCORE
    | {
        "splits": "stored",
        "n_splits": 1,
        "by": "animal",
        "ceiling": "brainscore",
        "normalization": "r^2/c",
        "min_reliability": 0.3,
    },
    "li2026": _BRAINSCORE
    | {
        "splits": "shuffle",
        "seed": 1,
        "by": "animal",
        "normalization": "r^2/c",
        "min_reliability": 0.4,
        "window": (70.0, 170.0),
    },
    "kar2019": _KAR | {"pooled": True},
    "kar2019-within": _KAR,
}


def test_protocols_are_frozen_under_their_version():
    # Last year's score has to reproduce: whoever changes one of these gives it a new version.
    plain = asdict(Protocol("plain"))
    stated = {
        "method": "ridge",
        "n_components": 25,
        "targets": "separate",
        "alphas": "relative",
        "alpha_per": "neuroid",
        "splits": "kfold",
        "n_splits": 10,
        "train_fraction": 0.9,
        "seed": 0,
        "ceiling": "split-half",
        "normalization": "r/sqrt(c)",
        "min_split_share": 0.5,
        "version": "1",
    }
    assert {name: plain[name] for name in stated} == stated
    for name, protocol in PROTOCOLS.items():
        own = {k: v for k, v in asdict(protocol).items() if v != plain[k] and k != "name"}
        assert own == FROZEN[name], name


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_result_names_its_protocol_and_version(planted, quietly, name):
    data = planted(n_stimuli=60, n_units=10, noise=0.5)
    split = np.where(np.arange(60) < 40, "train", "test")
    recordings = with_neuroids(with_stimuli(data.recordings, split=split), animal=list("aabb"))
    fewer = {"n_components": 3} if PROTOCOLS[name].method == "pls" else {}
    scores = quietly(data.features, recordings, protocol=name, **fewer)
    a = scores.attrs
    assert (a["protocol"], a["protocol_version"]) == (name, "1")
    moved = "method splits n_splits seed stratify groups by ceiling normalization correlation"
    assert not set([*moved.split(), "min_split_share", "min_reliability", "splits_sha256"]) - set(a)
    assert np.isfinite(scores["normalized"]).all()


@pytest.fixture(scope="module")
def large(planted):
    """Eighty stimuli shown once to train on and thirty shown ten times, of two animals."""
    data = planted(n_stimuli=110, n_units=60, n_neuroids=6, n_repetitions=10, noise=1.0)
    test = np.arange(110) % 11 < 3
    recordings = with_stimuli(data.recordings, split=np.where(test, "test", "train"))
    kept = (recordings["split"] == "test") | (recordings["repetition"] == 0)
    recordings = with_neuroids(recordings[kept], animal=["F", "N", "F", "N", "F", "N"])
    return data.features, recordings, test


def test_papale2025_is_one_split_and_one_penalty_for_each_animal(large, quietly):
    features, recordings, test = large
    scores = quietly(features, recordings, protocol="papale2025")
    X = features.values
    Y = ck.average(recordings)[:, 0].values
    r = np.empty(6)
    for k, animal in enumerate("FN"):
        of = np.flatnonzero(recordings["animal"].values == animal)
        fit = RidgeCV(BRAINSCORE_ALPHAS).fit(X[~test], Y[~test][:, of])
        r[of] = pearson(fit.predict(X[test]), Y[test][:, of])
        assert (scores["alpha"].isel(neuroid=of) == fit.alpha_).all()
        assert scores["by"].values[k] == animal
        assert scores["score_by"][k].item() == pytest.approx(np.median(r[of]))
        c = ck.ceiling(recordings[..., of], method="brainscore")["ceiling_score"].item()
        assert scores["ceiling_score_by"][k].item() == pytest.approx(c)
        expected = np.median(r[of]) ** 2 / c
        assert scores["normalized_by"][k].item() == pytest.approx(expected)
    np.testing.assert_allclose(scores["r"].squeeze(), r, atol=1e-8)
    assert scores["score"].item() == pytest.approx(np.median(r))
    assert scores["n_neuroids_by"].values.tolist() == [3, 3]
    assert scores["by"].attrs["coordinate"] == scores.attrs["by"] == "animal"
    assert scores.sizes["split"] == 1


def test_papale2025_takes_the_splits_that_are_given(large, quietly):
    features, recordings, test = large
    ids = features["stimulus"].values
    given = quietly(
        features,
        recordings.drop_vars("split"),
        protocol="papale2025",
        splits=[(ids[~test], ids[test])],
    )
    expected = quietly(features, recordings, protocol="papale2025")
    np.testing.assert_array_equal(given["r"], expected["r"])
    with pytest.raises(ck.CornetkitError, match=r"give splits= \(--splits FILE\)"):
        ck.predict(features, recordings.drop_vars("split"), protocol="papale2025")


def test_papale2025_keeps_reliable_electrodes(large, quietly):
    features, recordings, _ = large
    stated = with_neuroids(recordings, reliability=[0.9, 0.3, 0.31, 0.8, np.nan, 0.5])
    scores = quietly(features, stated, protocol="papale2025")
    assert scores["neuroid"].values.tolist() == ["n0", "n2", "n3", "n5"]
    assert notes_with(scores, "keeps 4 of 6 neuroids, of reliability above 0.3 (their coordinate")
    noisy = recordings.copy()
    noise = np.random.default_rng(0).standard_normal(noisy[..., 1].shape)
    noisy[..., 1] = noise
    found = quietly(features, noisy, protocol="papale2025")
    assert "n1" not in found["neuroid"].values
    assert notes_with(found, "keeps 5 of 6 neuroids, of reliability above 0.3 (split halves)")
    with pytest.raises(ck.CornetkitError, match="none of 6 neuroids has a reliability"):
        ck.predict(
            features, with_neuroids(recordings, reliability=np.zeros(6)), protocol="papale2025"
        )


def test_li2026_takes_its_window_and_unstratified_splits(planted, quietly):
    data = planted(n_stimuli=60, n_units=80, n_bins=5, noise=0.3)  # 70-170 ms
    objects = with_stimuli(data.recordings, object_name=np.arange(60) % 3)
    scores = quietly(data.features, objects, protocol="li2026")
    assert (scores.attrs["window"], scores.attrs["stratify"]) == ([70, 170], "none")
    X = data.features.values
    Y = ck.average(ck.rebin(objects, window=(70, 170)))[:, 0].values
    for k, (train, test) in enumerate(ShuffleSplit(10, train_size=0.9, random_state=1).split(X)):
        fit = RidgeCV(BRAINSCORE_ALPHAS).fit(X[train], Y[train])
        expected = pearson(fit.predict(X[test]), Y[test])
        np.testing.assert_allclose(scores["r"].squeeze()[k], expected, atol=1e-8)
    assert notes_with(scores, "goes by animal, of which the recordings have one value or none")
    assert scores.attrs["by"] == "none"


def test_a_protocol_says_where_its_time_bins_are_not_to_be_had(planted, quietly):
    data = planted(n_stimuli=40, n_units=5)  # one bin of 70-90 ms
    scores = quietly(data.features, data.recordings, protocol="li2026")
    assert notes_with(scores, "takes the mean of 70-170 ms, which these recordings do not allow")
    assert scores.attrs["window"] == "none"
    asked = quietly(data.features, data.recordings, protocol="li2026", window=(70, 90))
    assert not notes_with(asked, "do not allow")


@pytest.mark.parametrize(
    ("settings", "ties"),
    [
        ({"method": "pls", "targets": "joint"}, True),
        ({"method": "pls", "targets": "separate"}, False),
        ({"method": "ridge", "alpha_per": "all"}, True),
        ({"method": "non-negative", "alpha_per": "all"}, True),
        ({"method": "ridge", "alpha_per": "neuroid"}, False),
        ({"method": "ols", "alpha_per": "all"}, False),
    ],
    ids=str,
)
def test_shared_components_and_penalties_tie_neuroids(settings, ties):
    assert Protocol("any", **settings).ties_neuroids is ties


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("r/sqrt(c)", lambda r, c: r / np.sqrt(c)),
        ("r^2/c", lambda r, c: np.sign(r) * r**2 / c),
        ("(r/c)^2", lambda r, c: np.sign(r) * (r / c) ** 2),
        ("r", lambda r, c: r),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_normalisation_is_labelled_and_signed(planted, quietly, name, formula, sign):
    data = planted(n_stimuli=20, n_units=1, n_neuroids=3, noise=0.1)
    ids = data.features["stimulus"].values
    features = data.features.copy()
    features[10:] *= sign  # what is learnt on one half is wrong on the other
    pairs = [(ids[:10], ids[10:]), (ids[10:], ids[:10])]
    scores = quietly(features, data.recordings, method="ols", splits=pairs, normalization=name)
    expected = formula(scores["score"].item(), scores["ceiling_score"].item())
    assert np.sign(expected) == sign
    assert scores["normalized"].item() == pytest.approx(expected)
    assert scores.attrs["normalization"] == name
    assert "score" in scores["normalized"].attrs["formula"]


def test_scores_by_animal_are_those_of_each_animal_alone(planted, quietly):
    data = planted(n_stimuli=60, n_units=15, n_neuroids=6, n_bins=2)
    recordings = with_neuroids(data.recordings, animal=list("babbab"))
    for settings in ({}, {"method": "pls", "n_components": 4}, {"alpha_per": "all"}):
        scores = quietly(data.features, recordings, by="animal", **settings)
        for value in "ab":
            alone = recordings.isel(neuroid=recordings["animal"].values == value)
            expected = quietly(data.features, alone, **settings)
            found = scores.sel(by=value)
            for name in ("score", "score_error", "normalized", "ceiling_score"):
                np.testing.assert_allclose(found[f"{name}_by"], expected[name], atol=1e-10)
        assert scores["score_by"].dims == ("by", "area", "time", "time_bin")


def test_scores_by_animal_are_kept_in_files(planted, quietly, tmp_path):
    data = planted(n_stimuli=40, n_units=5)
    recordings = with_neuroids(data.recordings, animal=list("aabb"))
    scores = quietly(data.features, recordings, by="animal", splits="distance", space="features")
    ck.save_scores(scores, tmp_path / "scores.nc")
    again = ck.open_scores(tmp_path / "scores.nc")
    for name in ("score_by", "normalized_by", "undefined", "distance_ratio"):
        np.testing.assert_array_equal(again[name], scores[name])
    assert again.sel(by="a")["n_neuroids_by"] == 2


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("animl", r"unknown coordinate of the neuroids 'animl' \(did you mean 'animal'\?\)"),
        ("animal", "by='animal' compares at least 2 values, but all 4 neuroids have animal a"),
        ("gaps", r"by='gaps', but 1 of 4 neuroids have no value of it \(n2\)"),
    ],
)
def test_parts_that_cannot_be(planted, by, message):
    data = planted(n_stimuli=40)
    recordings = with_neuroids(data.recordings, animal=list("aaaa"), gaps=["a", "b", "", "a"])
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(data.features, recordings, by=by)
    assert "\n" not in str(caught.value)
