from html import escape

from automl_tasks.monitor import check, report, score_new_rows

from .conftest import rows


def test_however_many_rows_are_asked_for_the_report_draws_a_sample(world, monkeypatch):
    world.arrive(rows(300, seed=2))
    score_new_rows(world.problem, world.store)
    decision = check(world.problem, world.store)
    drawn = []

    def draw(reference, current, **_):
        drawn.append((len(reference), len(current), sorted(current)))
        return "<html>"

    assert report._MOST_ROWS <= 50_000
    monkeypatch.setattr(report, "_MOST_ROWS", 200)
    monkeypatch.setattr(report, "draw_report", draw)
    path = report.write_report(world.problem, world.store, decision.id, rows=10**6)
    assert path.read_text() == "<html>"
    assert drawn == [(200, 200, ["kind", "time", "x"])]


def test_the_page_says_what_was_decided_on_which_rows_and_of_which_champion(world):
    world.arrive(rows(300, seed=2, shift=3.0))
    score_new_rows(world.problem, world.store)
    decision = check(world.problem, world.store)
    page = report.write_report(world.problem, world.store, decision.id).read_text()
    assert f"<title>{world.problem.name}: {decision.status}, decision {decision.id}</title>" in page
    for told in (
        escape(decision.sentence),
        "300 rows of 2012-01-01 to 2012-01-13",
        "1,000 rows of 2011-01-01 to 2011-02-11",
        "version 1, run nightly__1",
        "Drifted columns: &#x27;x&#x27; (1 of 2)",
        "Evidently draws; Nightshift decided",
    ):
        assert told in page
