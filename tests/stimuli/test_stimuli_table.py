"""A CSV table of stimuli: ids, files and metadata."""

import numpy as np
import pytest

from cornetkit.errors import FileError, InputError
from cornetkit.stimuli import load_stimuli


@pytest.fixture
def two(save):
    """Two images called a.png and b.png beside the table."""
    return [save("a.png", 1), save("b.png", 2)]


def test_ids_stay_text_and_rows_keep_their_order(two, table):
    stimuli = load_stimuli(table("stimulus_id,filename", "0012,b.png", "NA,a.png"))
    assert stimuli.ids == ["0012", "NA"]
    assert stimuli.paths == [two[1], two[0]]


def test_all_other_columns_become_metadata(two, table):
    path = table(
        "stimulus_id,filename,object_name,angle,degrees,seen",
        "x,a.png,élan,3,8.5,True",
        "y,b.png,,4,,False",
    )
    metadata = load_stimuli(path).metadata
    assert list(metadata) == ["object_name", "angle", "degrees", "seen"]
    assert metadata["object_name"].tolist() == ["élan", ""]
    assert metadata["angle"].dtype == np.int64
    np.testing.assert_array_equal(metadata["degrees"], [8.5, np.nan])
    assert metadata["seen"].tolist() == ["True", "False"]


def test_a_column_that_is_no_number_throughout_stays_text_as_it_stands(two, table):
    path = table(
        "stimulus_id,filename,kind,code,none,long",
        f"x,a.png,None,007,,{'9' * 25}",
        f"y,b.png,car,x8,NA,{'8' * 25}",
    )
    metadata = load_stimuli(path).metadata
    assert metadata["kind"].tolist() == ["None", "car"]
    assert metadata["code"].tolist() == ["007", "x8"]
    assert np.isnan(metadata["none"]).all()
    assert metadata["long"].tolist() == ["9" * 25, "8" * 25]


def test_files_are_looked_for_beside_the_table_and_in_its_folder_images(two, save, table):
    inside = save("images/c.png")
    stimuli = load_stimuli(table("stimulus_id,filename", "x,a.png", "y,c.png"))
    assert stimuli.paths == [two[0], inside]


def test_the_older_brainio_name_of_the_id_is_taken(two, table):
    stimuli = load_stimuli(table("image_id,filename", "007,a.png", "008,b.png"))
    assert stimuli.ids == ["007", "008"]
    assert stimuli.metadata == {}


def test_a_tab_separated_table_and_spaces_after_commas_are_read(two, table):
    tabs = load_stimuli(table("stimulus_id\tfilename", "x\ta.png", name="stimuli.tsv"))
    spaces = load_stimuli(table("stimulus_id, filename", "x, a.png "))
    assert tabs.ids == spaces.ids == ["x"]
    assert tabs.paths == spaces.paths == [two[0]]


def test_with_filenames_only_the_stems_are_the_ids(save, table):
    for name in ("one/a.png", "two/a.png", "b.png"):
        save(name)
    stimuli = load_stimuli(table("filename", "b.png", "one/a.png", "two/a.png"))
    assert stimuli.ids == ["b", "one/a", "two/a"]
    (note,) = stimuli.select([0]).notes
    assert "has no column stimulus_id: stimuli are called by their file names (b, one/a," in note


def test_a_table_with_ids_needs_no_note(two, table):
    assert load_stimuli(table("stimulus_id,filename", "x,a.png")).notes == []


def test_with_ids_only_the_files_are_found_by_them(two, save, table):
    save("images/c.jpg")
    stimuli = load_stimuli(table("stimulus_id,label", "c,1", "a,2", "b.png,3"))
    assert [p.name for p in stimuli.paths] == ["c.jpg", "a.png", "b.png"]
    assert stimuli.ids == ["c", "a", "b.png"]


def test_with_ids_only_two_files_of_that_name_are_refused(two, save, table):
    save("a.jpg")
    with pytest.raises(InputError, match=r"more than one image is called 'a': a\.jpg, a\.png"):
        load_stimuli(table("stimulus_id", "a"))


def test_missing_files_are_named(two, table):
    path = table("stimulus_id,filename", "x,a.png", "y,c.png", "z,d.png")
    with pytest.raises(FileError, match=r"2 of 3 images of .*stimuli\.csv.*: c\.png, d\.png; look"):
        load_stimuli(path)


@pytest.mark.parametrize("name", ["file_name", "File Name", "FileName", "filename "])
def test_a_mistyped_file_column_is_refused_where_ids_would_find_other_files(two, table, name):
    path = table(f"stimulus_id,{name}", "a,b.png")
    with pytest.raises(InputError, match=rf"column '{name}' and no .*; did you mean filename\?"):
        load_stimuli(path)


@pytest.mark.parametrize("name", ["Stimulus_ID", "stimulus id", "stimulus-id", "Image_ID"])
def test_a_mistyped_id_column_is_refused_where_file_names_would_be_the_ids(two, table, name):
    path = table(f"{name},filename", "x,a.png")
    with pytest.raises(InputError, match=rf"column '{name}' and no .*; did you mean stimulus_id"):
        load_stimuli(path)


def test_a_column_beside_the_right_ones_may_be_like_them(two, table):
    stimuli = load_stimuli(table("stimulus_id,filename,File_Name", "x,a.png,other.png"))
    assert stimuli.metadata["File_Name"].tolist() == ["other.png"]


def test_a_file_column_that_is_less_like_it_is_pointed_out_where_files_are_missing(table):
    path = table("stimulus_id,filenames", "x,a.png")
    with pytest.raises(FileError, match=r"no column filename \(did you mean 'filenames'\?\)"):
        load_stimuli(path)


@pytest.mark.parametrize(
    ("header", "repeated"),
    [
        ("stimulus_id,filename,angle, angle", "'angle'"),
        ("stimulus_id,filename,stimulus_id,", "'stimulus_id'"),
        ("stimulus_id,filename,filename,angle,angle", "'filename', 'angle'"),
    ],
)
def test_repeated_column_names_are_refused(two, table, header, repeated):
    path = table(header, "x,a.png,1,2" + ",3" * (header.count(",") - 3))
    with pytest.raises(InputError, match=f"more than one column called {repeated}; give each"):
        load_stimuli(path)


def test_a_column_that_is_called_as_pandas_calls_a_repeated_one_is_taken(two, table):
    stimuli = load_stimuli(table("stimulus_id,filename,angle,angle.1", "x,a.png,1,2"))
    assert list(stimuli.metadata) == ["angle", "angle.1"]


def test_missing_columns_are_refused_with_the_nearest(table):
    with pytest.raises(InputError, match=r"columns file_name, label; expected .*'file_name'\?"):
        load_stimuli(table("file_name,label", "a.png,1"))
    with pytest.raises(InputError, match=r"did you mean 'Stimulus ID'\?"):
        load_stimuli(table("Stimulus ID,label", "a,1"))


def test_repeated_ids_are_named(two, table):
    path = table("stimulus_id,filename", "x,a.png", "x,b.png")
    with pytest.raises(InputError, match=r"stimulus ids in .* 1 of them is repeated: x"):
        load_stimuli(path)


@pytest.mark.parametrize("name", ["channel", "driven", "time_start_ms", "activation"])
def test_column_names_that_an_activation_file_uses_are_refused(two, table, name):
    with pytest.raises(InputError, match=f"reserved column names {name}; rename"):
        load_stimuli(table(f"stimulus_id,filename,{name}", "x,a.png,1"))


@pytest.mark.parametrize("name", ["a/b", "#views"])
def test_column_names_that_netcdf_cannot_hold_are_refused(two, table, name):
    with pytest.raises(InputError, match=f"column names '{name}', which netCDF cannot hold"):
        load_stimuli(table(f"stimulus_id,filename,{name}", "x,a.png,1"))


def test_a_table_without_rows_is_refused(table):
    with pytest.raises(InputError, match="has no rows"):
        load_stimuli(table("stimulus_id,filename"))


def test_an_empty_cell_is_named_by_its_line(two, table):
    path = table("stimulus_id,filename", "x,a.png", ",b.png")
    with pytest.raises(InputError, match="has no stimulus_id in line 3"):
        load_stimuli(path)


def test_rows_with_more_values_than_columns_are_refused_not_shifted(two, table):
    with pytest.raises(InputError, match="more values in a row than the 2 columns"):
        load_stimuli(table("stimulus_id,filename", "x,a.png,car", "y,b.png,face"))


def test_a_file_that_is_no_table_is_refused_in_one_line(table, tmp_path):
    with pytest.raises(FileError, match="cannot be read as a CSV table") as caught:
        load_stimuli(table("stimulus_id,filename", 'x,"a.png', "y,b.png"))
    assert "\n" not in str(caught.value)
    (tmp_path / "latin.csv").write_bytes("stimulus_id\nß".encode("latin-1"))
    with pytest.raises(FileError, match=r"latin\.csv cannot .*: it is not UTF-8 text; save it"):
        load_stimuli(tmp_path / "latin.csv")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_in_utf_16_is_told_so(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes("stimulus_id,filename\nx,a.png\n".encode(encoding))
    with pytest.raises(FileError, match="not UTF-8 text, but perhaps UTF-16; save it as UTF-8"):
        load_stimuli(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "separator", "message"),
    [
        ("a.csv", ";", "has semicolons between its columns, expected commas; save it again with"),
        ("a.csv", "\t", "has tabs between its columns, expected commas"),
        ("a.tsv", ",", "has commas between its columns, expected tabs"),
    ],
)
def test_another_separator_is_named(tmp_path, name, separator, message):
    rows = [["stimulus_id", "filename", "size"], ["x", "a.png", "1,5"]]
    (tmp_path / name).write_text("\n".join(separator.join(row) for row in rows))
    with pytest.raises(InputError, match=message):
        load_stimuli(tmp_path / name)


@pytest.mark.parametrize("header", ["stimulus_id", "filename", "stimulus_id,filename"])
def test_a_name_that_no_file_can_have_is_an_image_that_is_not_there(two, table, header):
    row = ",".join(["a" * 300] * (header.count(",") + 1))
    with pytest.raises(FileError, match=r"1 of 1 image of .* are not there: aaa"):
        load_stimuli(table(header, row))
