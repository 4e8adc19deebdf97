from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from automl_tasks.errors import DataError, SourceError


@pytest.fixture
def parquet(tmp_path):
    def write(name, **columns):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), path)
        return path

    return write


def test_types(take, parquet):
    path = parquet(
        "t.parquet",
        flag=pa.array([True, None]),
        small=pa.array([1, 2], pa.uint8()),
        huge=pa.array([2**64 - 1, 1], pa.uint64()),
        money=pa.array([Decimal("1.50"), None]),
        word=pa.array(["007", ""]).dictionary_encode(),
        day=pa.array([dt.date(2020, 1, 31), dt.date(9999, 12, 31)]),
        moment=pa.array([dt.datetime(2020, 1, 1), None], pa.timestamp("us", tz="Europe/Berlin")),
        iso=pa.array(["2020-01-01", "2020-01-02"]),
        span=pa.array([dt.timedelta(minutes=1), None], pa.duration("ms")),
        nothing=pa.nulls(2),
        y=[1, 2],
    )
    frame = take(path).read()
    assert frame["flag"].tolist()[0] == 1.0
    assert frame["small"].tolist() == [1, 2]
    assert frame["huge"].tolist() == [float(2**64), 1.0]
    assert frame["money"].tolist()[0] == 1.5
    assert frame["word"].tolist() == ["007", None]
    assert frame["day"].tolist() == [pd.Timestamp("2020-01-31"), pd.NaT]
    assert str(frame["moment"].dtype) == "datetime64[ns]"
    assert str(frame["iso"].dtype) == "datetime64[ns]"
    assert frame["span"].tolist()[0] == 60.0
    assert np.isnan(frame["nothing"]).all()


def test_what_is_no_feature_is_left_out_with_a_note(take, parquet):
    snapshot = take(parquet("t.parquet", v=[[1, 2], [3]], y=[1, 2]))
    assert snapshot.read().columns.tolist() == ["y"]
    assert snapshot.manifest.notes == [
        f"{snapshot.manifest.source}: column 'v' of type list<element: int64> was left out"
    ]


def test_folder_of_parts_with_differing_types(take, parquet):
    parquet("in/part-0.parquet", a=[1, 2], y=[0, 1])
    path = parquet("in/part-1.parquet", y=[0, 1], a=pa.array([None, 2.5]))
    frame = take(path.parent).read()
    assert frame["a"].tolist()[:2] == [1.0, 2.0]
    assert frame.shape == (4, 2)


def test_numbers_and_texts_of_a_column(take, parquet):
    parquet("in/0.parquet", a=[1, 2], y=[0, 1])
    snapshot = take(parquet("in/1.parquet", a=["x", None], y=[0, 1]).parent)
    assert snapshot.read()["a"].tolist() == ["1", "2", "x", None]
    assert "1 of 3 values are not numeric, first 'x' in row 1 of" in snapshot.manifest.notes[0]


def test_same_content_in_another_format_has_the_same_id(take, parquet, file):
    rows = pd.DataFrame({"a": [1.5, None], "b": ["x", None], "y": [1, 2]})
    path = parquet("t.parquet", **{name: pa.array(rows[name], from_pandas=True) for name in rows})
    csv = file("t.csv", "a,b,y\n1.5,x,1\n,,2\n")
    assert take(path).id == take(csv).id


def test_pandas_index_is_left_out(take, tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"y": [1, 2]}, index=["p", "q"]).to_parquet(path)
    assert take(path).read().columns.tolist() == ["y"]


@pytest.mark.parametrize("content", [b"", b"a,y\n1,2\n", b"PAR1" + b"x" * 50 + b"PAR1"])
def test_not_a_parquet(take, file, snapshots, content):
    with pytest.raises(SourceError, match=r"t\.parquet: is not a Parquet file, or is damaged"):
        take(file("t.parquet", content))
    assert snapshots() == []


def test_damaged_inside(take, parquet):
    path = parquet("t.parquet", y=np.random.default_rng(0).normal(size=10_000))
    content = bytearray(path.read_bytes())
    content[4:5000] = b"\xff" * 4996
    path.write_bytes(content)
    with pytest.raises(SourceError, match="damaged"):
        take(path)


def test_no_rows(take, parquet):
    with pytest.raises(DataError, match="no rows"):
        take(parquet("t.parquet", y=pa.array([], pa.int64())))
