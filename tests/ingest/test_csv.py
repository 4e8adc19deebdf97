from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
import zstandard

from automl_tasks.errors import DataError, SourceError

ROWS = "a,b,y\n1,x,0\n2,NA,1\n,,0\n"


def test_only_an_empty_field_is_missing(take, file):
    frame = take(file("t.csv", ROWS)).read()
    assert frame["b"].tolist() == ["x", "NA", None]
    assert frame["a"].dtype == np.float64
    assert np.isnan(frame["a"][2])
    assert frame["y"].dtype == np.int64


def test_missing_texts_can_be_named(take, file):
    frame = take(file("t.csv", "a,y\n?,0\n 3 ,1\n,1\n"), missing=["?"]).read()
    assert frame["a"].tolist()[1] == 3.0
    assert frame["a"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_sniffed(take, file, delimiter):
    text = f'a{delimiter}y\n"x,y;z|\t"{delimiter}1\n1,5{delimiter}2\n'.replace("1,5", "w")
    frame = take(file("t.csv", text)).read()
    assert frame["a"].tolist() == ["x,y;z|\t", "w"]


def test_delimiter_can_be_given(take, file):
    path = file("t.csv", "a:y\n1:2\n")
    assert take({"path": str(path), "delimiter": ":"}).read()["y"].tolist() == [2]


def test_wrong_delimiter_names_the_right_one(take, file, snapshots):
    path = file("t.csv", "a;b;y\n1;2;3\n")
    with pytest.raises(SourceError, match=r"t\.csv: the delimiter ',' .*';' makes 3 columns"):
        take({"path": str(path), "delimiter": ","})
    assert snapshots() == []


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", False), ("utf-8-sig", True), ("utf-16", True), ("utf-32", True), ("cp1252", False)],
)
def test_encoding_is_found(take, file, encoding, mark):
    words = ["Straße", "Café", "Müller", "naïve", "Ärger", "über"] * 20
    text = "wörter,y\n" + "".join(f"{word} und so weiter,{n % 2}\n" for n, word in enumerate(words))
    snapshot = take(file("t.csv", text.encode(encoding)))
    assert snapshot.read().columns.tolist() == ["wörter", "y"]
    assert snapshot.read()["wörter"][1] == "Café und so weiter"
    assert bool(snapshot.manifest.notes) == (encoding == "cp1252")


def test_encoding_can_be_given(take, file):
    path = file("t.csv", "a,y\nЖ,1\n".encode("koi8-r"))
    assert take({"path": str(path), "encoding": "koi8-r"}).read()["a"].tolist() == ["Ж"]


def test_wrong_encoding_names_the_line(take, file):
    path = file("t.csv", b"a,y\nx,1\n\xff,1\n")
    with pytest.raises(SourceError, match=r"line 3 is not utf-8 text.*source\.encoding"):
        take({"path": str(path), "encoding": "utf-8"})
    with pytest.raises(SourceError, match="there is no encoding 'utf9'"):
        take({"path": str(path), "encoding": "utf9"})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.zst", "no_suffix"])
@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compression_is_told_by_the_bytes(take, file, name, compress):
    assert len(take(file(name, compress(ROWS.encode()))).read()) == 3


def test_damaged_gzip(take, file, snapshots):
    rows = "a,y\n" + "".join(f"{n * 7919 % 10007},1\n" for n in range(50_000))
    path = file("t.csv.gz", gzip.compress(rows.encode())[:-5000])
    with pytest.raises(SourceError, match=r"t\.csv\.gz: .*(damaged|cannot be read)"):
        take(path)
    assert snapshots() == []


def test_types_are_found_over_all_values(take, file):
    path = file(
        "t.csv",
        "i,f,d,z,t,s,e,y\n"
        "1,1,2020-01-31,2020-01-31T10:00:00Z,true,007a,,1\n"
        "-2,.5,2020-01-31 10:30,2020-01-31T10:00:00+02:00,false, b ,,2\n",
    )
    frame = take(path).read()
    assert frame.dtypes.astype(str).to_dict() == {
        "i": "int64",
        "f": "float64",
        "d": "datetime64[ns]",
        "z": "datetime64[ns]",
        "t": "object",
        "s": "object",
        "e": "float64",
        "y": "int64",
    }
    assert frame["d"][1] == pd.Timestamp("2020-01-31 10:30")
    assert frame["z"].tolist() == [
        pd.Timestamp("2020-01-31 10:00"),
        pd.Timestamp("2020-01-31 8:00"),
    ]
    assert frame["s"].tolist() == ["007a", " b "]


def test_texts_among_numbers_are_kept_and_noted(take, file):
    rows = [str(n) for n in range(1000)]
    rows[76], rows[500] = "abc", "unknown"
    snapshot = take(file("t.csv", "age,y\n" + "".join(f"{value},1\n" for value in rows)))
    assert snapshot.read()["age"].tolist() == rows
    (note,) = snapshot.manifest.notes
    assert note.startswith(
        "column 'age': 2 of 1,000 values are not numeric, first 'abc' in row 77 of "
    )


def test_a_late_text_changes_the_type_of_the_whole_column(take, file):
    # Long enough for several blocks of the reader, the last of which holds the text.
    filler = "z" * 1000
    text = "a,b,y\n" + f"1,{filler},2\n" * 20_000 + f"one,{filler},2\n"
    frame = take(file("t.csv", text)).read(["a"])
    assert frame["a"].iloc[[0, -1]].tolist() == ["1", "one"]


def test_hexadecimal_and_long_digits_are_no_numbers(take, file):
    snapshot = take(file("t.csv", "h,n,y\n0x1F,12345678901234567890,1\n0x2A,2,1\n"))
    assert snapshot.read()["h"].tolist() == ["0x1F", "0x2A"]
    assert snapshot.read()["n"].tolist() == ["12345678901234567890", "2"]
    assert "19 or more digits" in snapshot.manifest.notes[0]


def test_infinite_texts_are_numbers_and_nan_is_missing(take, file):
    snapshot = take(file("t.csv", "a,y\n1.5,1\n-inf,2\nnan,3\n"))
    assert snapshot.read()["a"].tolist()[:2] == [1.5, -np.inf]
    assert snapshot.read()["a"].isna().tolist() == [False, False, True]
    assert "1 values (NaN) were read as missing" in snapshot.manifest.notes[0]


def test_dates_beyond_64_bits_are_missing_and_noted(take, file):
    snapshot = take(file("t.csv", "d,y\n2020-01-01,1\n9999-12-31,2\n"))
    assert snapshot.read()["d"].isna().tolist() == [False, True]
    assert "1677 to 2262" in snapshot.manifest.notes[0]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("", SourceError, r"t\.csv: the file is empty"),
        ("\n\n", SourceError, "the file is empty"),
        ("\ufeff", SourceError, "the file is empty"),
        ("a,y\n", DataError, r"t\.csv: there are column names and no rows"),
        ("a,y", DataError, "no rows"),
        ("a,y\n\n", DataError, "no rows"),
        ("a,y\n1,2\n3\n", SourceError, r"t\.csv: row 2 has 1 field where the header has 2: '3'"),
        ("a,y\n1,2\n3,4,5\n", SourceError, "row 2 has 3 fields .*double quotes"),
        ('a,y\n1,2\n"3,4\n5,6\n', SourceError, "row 2 has 1 field"),
        ("a,y,a\n1,2,3\n", SourceError, r"column 'a' is named more than once"),
        ("a,y\n1,2\n3\0,4\n", SourceError, "line 3 holds a NUL byte"),
        ("a,Y \n1,2\n", DataError, "column 'y', named in 'target'.*Did you mean 'Y '"),
        ("a,b\n1,2\n", DataError, "There are 2 columns: a, b"),
    ],
)
def test_bad_files(take, file, snapshots, content, error, message):
    with pytest.raises(error, match=message):
        take(file("t.csv", content))
    assert snapshots() == []


def test_ragged_row_far_down(take, file):
    with pytest.raises(SourceError, match="row 300001 has 3 fields"):
        take(file("t.csv", "a,y\n" + "1,2\n" * 300_000 + "1,2,3\n"))


def test_nameless_column_gets_the_name_that_pandas_gives(take, file):
    snapshot = take(file("t.csv", ",a,y\n0,1,2\n"))
    assert snapshot.read().columns.tolist() == ["Unnamed: 0", "a", "y"]
    assert "column 1 has no name" in snapshot.manifest.notes[0]


def test_line_breaks_within_quotes(take, file):
    frame = take(file("t.csv", 'a,y\r\n"one\r\ntwo ""three""",1\r\n')).read()
    assert frame["a"].tolist() == ['one\r\ntwo "three"']


def test_two_thousand_columns(take, file):
    names = [f"c{n}" for n in range(1999)]
    values = np.random.default_rng(0).integers(0, 100, size=(300, 2000))
    text = ",".join([*names, "y"]) + "\n" + "\n".join(",".join(map(str, row)) for row in values)
    frame = take(file("t.csv", text)).read()
    assert frame.shape == (300, 2000)
    assert (frame.to_numpy() == values).all()
