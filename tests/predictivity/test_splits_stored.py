"""A user's own splits, from pairs, arrays and files; and what is wrong with some."""

import csv
import json

import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import Ridge

import cornetkit as ck

ROLES = ("train", "test", "out")


@pytest.fixture(scope="module")
def data(planted):
    return planted(n_stimuli=30, n_units=40, n_bins=2)


@pytest.fixture(scope="module")
def roles():
    """Two splits by role, (split, stimulus); some stimuli are left out of one."""
    found = np.full((2, 30), "train", dtype="<U5")
    found[0, :8], found[1, 20:28], found[1, :3] = "test", "test", "out"
    return found


def names(data):
    return data.features["stimulus"].values


def as_pairs(ids, roles):
    return [(ids[row == "train"].tolist(), ids[row == "test"].tolist()) for row in roles]


def as_array(ids, roles):
    return xr.DataArray(roles, dims=("split", "stimulus"), coords={"stimulus": ids})


def write(layout, ids, roles, folder):
    path = folder / f"splits.{layout}"
    if layout == "nc":
        as_array(ids, roles).to_netcdf(path)
    elif layout == "json":
        content = [{role: ids[row == role].tolist() for role in ROLES} for row in roles]
        path.write_text(json.dumps(content))
    else:
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["split", "stimulus_id", "role"])
            for k, row in enumerate(roles):
                writer.writerows([k, i, role] for i, role in zip(ids, row, strict=True))
    return path


@pytest.mark.parametrize("layout", ["array", "csv", "json", "nc"])
def test_layouts_say_the_same(data, roles, quietly, layout, tmp_path):
    ids = names(data)
    expected = quietly(data.features, data.recordings, splits=as_pairs(ids, roles))
    shuffled = np.random.default_rng(0).permutation(30)  # labels decide
    ids, given = ids[shuffled], roles[:, shuffled]
    source = as_array(ids, given) if layout == "array" else write(layout, ids, given, tmp_path)
    scores = quietly(data.features, data.recordings, splits=source)
    np.testing.assert_array_equal(scores["r"], expected["r"])
    assert scores.attrs["splits_sha256"] == expected.attrs["splits_sha256"]
    assert scores["split_name"].values.tolist() == ["0", "1"]


def test_scores_are_those_of_the_given_rows(data, roles, quietly):
    ids = names(data)
    pairs = as_pairs(ids, roles)
    scores = quietly(data.features, data.recordings, splits=pairs, alphas=10.0)
    averaged = ck.average(data.recordings).transpose("stimulus", "time_bin", "neuroid").values
    for k, row in enumerate(roles):
        train, test = row == "train", row == "test"
        X = data.features.values
        for b in range(2):
            predicted = Ridge(alpha=10.0).fit(X[train], averaged[train, b]).predict(X[test])
            for j in range(4):
                r = scores["r"].isel(split=k, time_bin=b, neuroid=j).item()
                expected = np.corrcoef(predicted[:, j], averaged[test, b, j])[0, 1]
                assert r == pytest.approx(expected)
    a = scores.attrs
    assert (a["splits"], a["splits_source"], a["n_splits"]) == ("stored", "pairs of ids", 2)
    assert (a["n_train"], a["n_test"]) == ([22, 19], 8)


def test_the_digest_tells_splits_apart(data, roles, quietly):
    pairs = as_pairs(names(data), roles)
    first = quietly(data.features, data.recordings, splits=pairs)
    again = quietly(data.features, data.recordings, splits=pairs)
    other = quietly(data.features, data.recordings, splits=pairs[::-1])
    assert first.attrs["splits_sha256"] == again.attrs["splits_sha256"]
    assert first.attrs["splits_sha256"] != other.attrs["splits_sha256"]
    kfold = quietly(data.features, data.recordings)
    seeded = quietly(data.features, data.recordings, rng=1)
    assert kfold.attrs["splits_sha256"] != seeded.attrs["splits_sha256"]


def test_numbered_stimuli_are_found_in_text_files(data, roles, quietly, tmp_path):
    numbers = np.arange(30)
    features = data.features.assign_coords(stimulus=numbers)
    codes = np.unique(data.recordings["stimulus"].values, return_inverse=True)[1]
    recordings = data.recordings.assign_coords(stimulus=("presentation", codes))
    path = write("csv", numbers, roles, tmp_path)
    scores = quietly(features, recordings, splits=path)
    expected = quietly(features, recordings, splits=as_pairs(numbers, roles))
    np.testing.assert_array_equal(scores["r"], expected["r"])


def test_a_coordinate_of_the_stimuli_is_a_stored_split(data, roles, quietly):
    codes = np.unique(data.recordings["stimulus"].values, return_inverse=True)[1]
    recordings = data.recordings.assign_coords(split=("presentation", roles[0][codes]))
    scores = quietly(data.features, recordings, splits="stored")
    expected = quietly(data.features, data.recordings, splits=as_pairs(names(data), roles[:1]))
    np.testing.assert_array_equal(scores["r"], expected["r"])
    assert scores.attrs["splits_source"] == "coordinate split"


def test_the_ceiling_is_that_of_the_held_out_stimuli(data, quietly):
    # Training stimuli shown once, held-out ones four times, as large data sets have it.
    ids = names(data)
    once = data.recordings[
        (data.recordings["stimulus"] < "s010") | (data.recordings["repetition"] == 0)
    ]
    scores = quietly(data.features, once, splits=[(ids[10:], ids[:10])])
    expected = ck.ceiling(once, stimuli=ids[:10].tolist())
    np.testing.assert_array_equal(scores["ceiling"], expected)
    assert scores["ceiling"].notnull().any()


def test_inner_join_leaves_out_what_is_not_there(data, roles, quietly):
    fewer = data.features.isel(stimulus=slice(2, None))
    pairs = as_pairs(names(data), roles)
    scores = quietly(fewer, data.recordings, splits=pairs, join="inner")
    assert scores.attrs["n_test"] == [6, 8]
    assert any("name 2 stimuli that are not there (s000, s001)" in n for n in scores.attrs["notes"])


def edited(change):
    def make(ids, roles):
        pairs = as_pairs(ids, roles)
        change(pairs)
        return pairs

    return make


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda ids, roles: [], "the stored splits are empty"),
        (lambda ids, roles: ["ab"], r"split 0 is no pair \(train ids, test ids\)"),
        (
            lambda ids, roles: [(ids[:20].tolist(), ids[20:28].tolist())],
            r"do not cover 2 of 30 stimuli \(s028, s029\)",
        ),
        (edited(lambda p: p[0][0].append("s000")), r"1 stimuli in both train and test \(s000\)"),
        (edited(lambda p: p[0][1].append("s000")), r"names 1 stimuli twice \(s000\)"),
        (edited(lambda p: p[1][0].append("dog")), r"name 1 unknown stimuli \(dog\); take them out"),
        (
            edited(lambda p: p.append((p[0][0], p[0][1][:2]))),
            "stored split 2 has 22 training and 2 test stimuli; each side needs 3",
        ),
        (
            lambda ids, roles: as_array(ids, np.where(roles == "test", "tests", roles)),
            "has the values tests; expected train, test, out",
        ),
        (
            lambda ids, roles: as_array(ids, roles).rename(stimulus="image"),
            r"has dims \(split, image\); expected \(split, stimulus\)",
        ),
    ],
)
def test_splits_that_cannot_be(data, roles, make, message):
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(data.features, data.recordings, splits=make(names(data), roles))
    assert "\n" not in str(caught.value)


def test_ids_of_another_type_are_told(planted):
    data = planted(n_stimuli=30)
    codes = np.unique(data.recordings["stimulus"].values, return_inverse=True)[1]
    features = data.features.assign_coords(stimulus=np.arange(30))
    recordings = data.recordings.assign_coords(stimulus=("presentation", codes))
    text = [str(i) for i in range(30)]
    with pytest.raises(ck.CornetkitError, match="ids differ in type, like '1' and 1"):
        ck.predict(features, recordings, splits=[(text[:20], text[20:])])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            "stimulus,split,role\n",
            r"no column 'stimulus_id' \(did you mean 'stimulus'",
        ),
        ("a.csv", "stimulus_id,split,role\ns1,0,trian\n", "line 2: role 'trian'; expected train"),
        ("a.json", "{}", "expected a list of"),
        ("a.json", '[{"train": [], "tset": []}]', "split 0 has the keys train, tset; expected"),
        ("a.json", '[{"train": "s1", "test": []}]', "have to be lists of ids"),
        ("a.json", "[", "is no readable file of splits"),
        ("a.nc", "text", "is no readable file of splits"),
        ("a.txt", "text", r"of no known kind; expected \.csv, \.json or \.nc"),
    ],
)
def test_files_that_cannot_be(data, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ck.CornetkitError, match=message) as caught:
        ck.predict(data.features, data.recordings, splits=str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(data, tmp_path):
    with pytest.raises(ck.CornetkitError, match=r"no file of splits .*nowhere\.csv"):
        ck.predict(data.features, data.recordings, splits=str(tmp_path / "nowhere.csv"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_splits": 3}, "stored splits have their own number"),
        ({"stratify": "object_name"}, "stratify balances random splits"),
        ({"groups": "pair"}, r"split 0 has stimuli of 4 groups of groups='pair' on both sides"),
    ],
)
def test_what_does_not_go_with_stored_splits(data, roles, settings, message):
    codes = np.unique(data.recordings["stimulus"].values, return_inverse=True)[1]
    recordings = data.recordings.assign_coords(pair=("presentation", (codes + 4) % 30 // 8))
    if "groups" in settings:
        recordings = recordings.assign_coords(pair=("presentation", codes % 4))
    with pytest.raises(ck.CornetkitError, match=message):
        ck.predict(data.features, recordings, splits=as_pairs(names(data), roles), **settings)


def test_without_the_coordinate_there_is_no_stored_split(data):
    with pytest.raises(ck.CornetkitError, match=r"splits='split', but .*give splits= \(--splits"):
        ck.predict(data.features, data.recordings, splits="stored")
