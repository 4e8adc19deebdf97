import gzip

import pandas as pd
import pytest
import yaml

from automl_tasks.errors import ProblemError
from automl_tasks.local.playback import Playback


def write_problem(folder, frame, **keys):
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "table.csv.gz", "wt") as file:
        frame.to_csv(file, index=False)
    content = {"name": "demand", "source": "table.csv.gz", "target": "y", **keys}
    path = folder / "demand.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture
def daily():
    days = pd.date_range("2021-01-01", "2022-03-31", freq="D").strftime("%Y-%m-%d")
    return pd.DataFrame({"day": days, "kind": "NA", "y": range(len(days))})


def test_a_dated_table_starts_with_a_year_and_gets_a_month_at_a_time(tmp_path, daily):
    played = Playback(write_problem(tmp_path, daily, time="day"), tmp_path / "home", 0.2)
    assert [batch.name for batch in played.batches] == [
        "2021-01 to 2021-12",
        "2022-01",
        "2022-02",
        "2022-03",
    ]
    assert [len(batch.frame) for batch in played.batches] == [365, 31, 28, 31]


@pytest.mark.parametrize(("split", "start"), [("time", 50), ("random", 60)])
def test_a_table_without_dates_is_cut_by_rows_and_none_is_lost(tmp_path, split, start):
    frame = pd.DataFrame({"x": range(100), "y": range(100)})
    played = Playback(write_problem(tmp_path, frame, split=split), tmp_path / "home", 0.2)
    assert len(played.batches[0].frame) == start
    together = pd.concat(batch.frame for batch in played.batches)
    assert together["x"].astype(int).tolist() == list(range(100))


def test_the_copy_reads_what_has_arrived_so_far(tmp_path, daily):
    home = tmp_path / "a home"
    played = Playback(write_problem(tmp_path, daily, time="day"), home, 0.2)
    problem = played.start()
    assert problem.budget.minutes == 0.2
    assert [path.name for path in played.inbox.iterdir()] == ["000.csv"]
    assert played.deliver_next().name == "2022-01"
    arrived = pd.concat(
        pd.read_csv(path, keep_default_na=False) for path in sorted(played.inbox.iterdir())
    )
    assert len(arrived) == 396
    assert set(arrived["kind"]) == {"NA"}


def test_playing_again_starts_over(tmp_path, daily):
    path = write_problem(tmp_path, daily, time="day")
    played = Playback(path, tmp_path / "home", 0.2)
    played.start()
    while played.deliver_next():
        pass
    again = Playback(path, tmp_path / "home", 0.2)
    again.start()
    assert len(list(again.inbox.iterdir())) == 1


def test_a_database_cannot_be_played(tmp_path):
    path = write_problem(tmp_path, pd.DataFrame({"y": [1]}))
    content = yaml.safe_load(path.read_text())
    content["source"] = {"url": "sqlite:///x.db", "table": "t"}
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ProblemError, match="CSV"):
        Playback(path, tmp_path / "home", 0.2)
