import numpy as np
import pandas as pd
import pytest

from automl_tasks.monitor.drift import measure_drift

WORDS = np.array([f"word{i}" for i in range(2000)])


def letters(rng, count, *, words=WORDS, longest=20, lead=""):
    """Texts whose words are few and frequent, many and rare, as in any language."""
    made = []
    for _ in range(count):
        ranks = (rng.pareto(1, rng.integers(5, longest)) * 3).astype(int) % len(words)
        made.append(lead + " ".join(words[ranks]))
    return made


def drift_of(reference, current, **settings):
    (column,) = measure_drift(
        pd.DataFrame({"t": reference}), pd.DataFrame({"t": current}), **settings
    ).columns
    return column


def test_new_texts_of_the_same_language_are_no_drift():
    drifted = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        column = drift_of(letters(rng, 500), letters(rng, 150))
        drifted.append(column.drifted)
        assert column.kind == "text"
    assert sum(drifted) <= 1


@pytest.mark.parametrize(
    "changed",
    [
        {"longest": 80},
        {"words": np.array([f"mot{i}" for i in range(2000)])},
        {"words": np.append(WORDS[:10], [f"neu{i}" for i in range(1990)])},
        {"lead": "urgent "},
    ],
    ids=["longer", "another language", "new rare words", "one word more"],
)
def test_a_change_of_texts_is_found(changed):
    rng = np.random.default_rng(0)
    column = drift_of(letters(rng, 500), letters(rng, 150, **changed))
    assert column.kind == "text"
    assert column.drifted


def test_the_share_of_unseen_words_is_told():
    old = letters(np.random.default_rng(1), 300)
    assert drift_of(old, old[:100]).unseen == 0
    assert drift_of(old, ["never read these words"] * 100).unseen == 1


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (["", None] * 100, ["", None] * 50),
        ([None] * 100, [None] * 50),
        (["!?", "..."] * 100, ["...", "!?"] * 50),
        (["one two", 3, 4.5, None] * 50, ["one two", "3", 4.5, None] * 50),
        (["a b"] * 3, ["a b"]),
    ],
    ids=["empty", "null", "no words", "mixed types", "few"],
)
def test_odd_texts_are_compared_and_no_drift(reference, current):
    column = drift_of(reference, current, roles={"t": "text"})
    assert column.kind == "text"
    assert not column.drifted


def test_texts_that_are_gone_have_drifted():
    old = letters(np.random.default_rng(2), 300)
    assert drift_of(old, [None] * 100).drifted


def test_the_same_words_in_another_process_give_the_same_numbers():
    rng = np.random.default_rng(3)
    old, new = letters(rng, 300), letters(rng, 100)
    first = drift_of(old, new)
    assert drift_of(old, [" ".join(text.split()[::-1]) for text in new]) == first


def test_no_word_of_a_text_is_kept():
    old = letters(np.random.default_rng(4), 300)
    assert "word" not in drift_of(old, old[:100]).model_dump_json()
