from automl_tasks.monitor import check, report, score_new_rows

from .conftest import rows


def test_however_many_rows_are_asked_for_the_report_draws_a_sample(world, monkeypatch):
    world.arrive(rows(300, seed=2))
    score_new_rows(world.problem, world.store)
    decision = check(world.problem, world.store)
    drawn = []

    def draw(reference, current):
        drawn.append((len(reference), len(current), sorted(current)))
        return "<html>"

    assert report._MOST_ROWS <= 50_000
    monkeypatch.setattr(report, "_MOST_ROWS", 200)
    monkeypatch.setattr(report, "draw_report", draw)
    path = report.write_report(world.problem, world.store, decision.id, rows=10**6)
    assert path.read_text() == "<html>"
    assert drawn == [(200, 200, ["kind", "time", "x"])]
