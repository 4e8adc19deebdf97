from __future__ import annotations

import pytest

from automl_tasks.errors import DataError, SourceError


def test_folder_is_read_in_the_order_of_names(take, file):
    file("in/b.csv", "y,a\n3,30\n")
    file("in/a.csv", "a,y\n10,1\n20,2\n")
    file("in/_SUCCESS", "")
    file("in/.hidden.csv", "x")
    file("in/readme.md", "x")
    frame = take(file("in/c.csv", "a,y\n40,4\n").parent).read()
    assert frame.columns.tolist() == ["a", "y"]
    assert frame["a"].tolist() == [10, 20, 30, 40]


def test_glob(take, file):
    for month in (2, 1):
        file(f"in/m{month}/d.csv", f"a,y\n{month},0\n")
    file("in/m1/other.txt", "z\n")
    frame = take(file("in/m3/x.csv", "b\n").parent.parent / "*" / "d.csv").read()
    assert frame["a"].tolist() == [1, 2]


def test_batches_of_one_source_agree_in_their_columns(take, file, snapshots):
    file("in/1.csv", "a,b,y\n1,2,3\n")
    folder = file("in/2.csv", "a,c,y\n1,2,3\n").parent
    with pytest.raises(
        DataError, match=r"2\.csv: column 'b' is missing; column 'c' is not in the first file"
    ):
        take(folder)
    assert snapshots() == []


def test_an_empty_batch_is_noted(take, file):
    file("in/1.csv", "a,y\n1,2\n")
    snapshot = take(file("in/2.csv", "a,y\n").parent)
    assert snapshot.manifest.rows == 1
    assert snapshot.manifest.notes[0].endswith("2.csv: holds no rows")


def test_types_agree_over_batches(take, file):
    file("in/1.csv", "a,y\n1,2\n")
    frame = take(file("in/2.csv", "a,y\n1.5,2\n").parent).read()
    assert frame["a"].tolist() == [1.0, 1.5]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("in/dat.csv", r"no such file.*Did you mean .*in/data\.csv"),
        ("in/zzz", r"no such file.*in holds data\.csv"),
        ("nowhere/x.csv", "no such file.*There is no folder"),
        ("in/data.csv/x.csv", "no such file"),
        ("in/*.parquet", "no file matches"),
        ("empty", "holds no CSV or Parquet file"),
    ],
)
def test_nothing_there(take, file, tmp_path, snapshots, path, message):
    file("in/data.csv", "a,y\n1,2\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=message):
        take(tmp_path / path)
    assert snapshots() == []


def test_what_is_not_read_says_what_to_do(take, file, snapshots):
    with pytest.raises(SourceError, match=r"data\.xlsx: is a spreadsheet\. Save its table as CSV"):
        take(file("in/data.xlsx", "PK"))
    with pytest.raises(SourceError, match=r"/x\.csv: files are not read from the web\. Download"):
        take("https://127.0.0.1:1/x.csv")
    assert snapshots() == []
