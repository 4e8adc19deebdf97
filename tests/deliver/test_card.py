import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from automl_tasks.assess.explanation import explain_run
from automl_tasks.deliver.card import build_card
from automl_tasks.ingest import current_snapshot
from automl_tasks.validate import validate_snapshot

SPITEFUL = "area <b>|x"


class Tags(HTMLParser):
    """Which tags are open, and every address that the page would fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.addresses = [], []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def homes(store, make_problem, make_run):
    rng = np.random.default_rng(0)
    rows = 300
    area, city = rng.uniform(20, 200, rows).round(1), rng.choice(["Aachen", "Bonn"], rows)
    table = pd.DataFrame({SPITEFUL: area, "city": city})
    table["buyer"] = [f"Person {at:04d}" for at in range(rows)]
    table["price"] = 3 * area + 40 * (city == "Bonn") + rng.normal(0, 5, rows)
    problem = make_problem(
        table, time=None, protected="city", description="What a home costs", holdout=0.3
    )
    make_run(problem, "r1", minutes=1)
    validate_snapshot(problem, store, current_snapshot(store, problem.name))
    return problem


@pytest.fixture
def card(homes, store):
    explain_run(store, homes.name, "r1")
    return build_card(store, homes.name, "r1")


def test_a_person_who_was_not_there_reads_what_the_model_is(card, homes, store):
    told = card.markdown
    titles = re.findall(r"^## (.+)$", told, re.MULTILINE)
    assert titles == [
        "Quality",
        "Certainty",
        "Why it answers so",
        "Fairness",
        "Speed and size",
        "Search",
        "Data",
        "Limits",
        "Lineage",
    ]
    assert card.summary.startswith("What a home costs. It predicts the value: the column price")
    assert re.search(r"On \d+ held-out rows its rmse is [\d.]+ \(95 % interval", card.summary)
    assert re.search(r"^\| rmse \| [\d.]+ \| [\d.]+ to [\d.]+ \| [\d.]+ \|$", told, re.MULTILINE)
    assert "The model relies most on area" in told
    assert re.search(r"^\| Bonn \| \d+ \|", told, re.MULTILINE)
    assert "expectations were checked: all were met" in told
    assert "| without this kind of features |" in told
    assert current_snapshot(store, homes.name).id in told
    assert store.path(f"{homes.name}/runs/r1/card.md").read_text() == told


def test_the_page_is_whole_needs_nothing_and_runs_nothing(card):
    page = Tags()
    page.feed(card.html)
    assert (page.open, page.addresses) == ([], [])
    assert "<script" not in card.html
    assert "<svg" in card.html


def test_what_owners_name_turns_into_no_markup(card):
    assert "<b>" not in card.html
    assert "area &lt;b&gt;|x" in card.html
    assert "area \\<b\\>\\|x" in card.markdown


def test_no_cell_of_a_row_is_told(card):
    assert "Person" not in card.html + card.markdown


def test_without_an_explanation_the_card_says_so(homes, store):
    assert "The model was not explained" in build_card(store, homes.name, "r1").markdown
