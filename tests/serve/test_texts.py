"""Words, pairs and statistics, found in all texts at once, are those of one after the other."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.steps import apply_step
from automl_tasks.serve.steps.characters import WeightedGrams, hashed_grams
from automl_tasks.serve.steps.table import to_table
from automl_tasks.serve.steps.values import moments, numbers, texts
from automl_tasks.serve.steps.words import Vocabulary, words_and_pairs

TEXTS = ["Not good, not BAD", None, "", "good\0not", "ΣΑΣ good", "a  b\tc 12", "not", "  "]


def test_words_and_pairs():
    terms = ["not", "good", "not good", "not bad", "bad not", "b c", "σας", "12", "good not"]
    row, term = Vocabulary(terms).occurrences(np.array(TEXTS, dtype=object))
    found = Counter(zip(row.tolist(), term.tolist(), strict=True))
    expected = Counter(
        (at, terms.index(word))
        for at, text in enumerate(TEXTS)
        for word in words_and_pairs(text)
        if word in terms
    )
    assert found == expected
    assert Vocabulary([]).occurrences(np.array(TEXTS, dtype=object))[0].tolist() == []


@pytest.mark.parametrize("also", [[], ["Ünïcode Ⅷ ٣"]])
def test_statistics(also):
    every = TEXTS[:4] + TEXTS[5:] + also
    table = {"t": np.array(every, dtype=object)}
    made = apply_step({"kind": "text_statistics", "columns": ["t"]}, table)
    for at, text in enumerate(text or "" for text in every):
        size = max(len(text), 1)
        digits, capitals = sum(map(str.isdigit, text)), sum(map(str.isupper, text))
        expected = [len(text), len(text.split()), digits / size, capitals / size]
        found = [made[f"t:{part}"][at] for part in ("length", "words", "digits", "capitals")]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_grams_are_found_though_their_hashes_share_a_slot():
    values = np.array(["abcdefgh", "xyz"], dtype=object)
    hashes = np.unique(hashed_grams(values)[1])
    crowded = np.sort(np.concatenate([hashes, hashes ^ (np.uint64(1) << np.uint64(40))]))
    _, term, _ = WeightedGrams(crowded, np.ones(len(crowded))).tfidf(values)
    assert sorted(crowded[term].tolist()) == sorted(hashes.tolist())


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (numbers, [1, 2.5, None, float("nan"), float("inf"), 2**70]),
        (numbers, ["1", " 2.5 ", True, "x", None]),
        (numbers, [pd.Timestamp("2024-01-01"), 1.0]),
        (texts, ["a", None, ""]),
        (texts, ["a", 5.0, float("nan")]),
        (moments, ["2024-03-01", "2024-03-01 10:00", "2024-03-01T10:00:05", None]),
        (moments, ["2024-02-31", "2024-03-01"]),
        (moments, ["2024-03-01T10:00+02:00", "1500-01-01", "no day"]),
    ],
)
def test_a_few_cells_are_read_as_many_are(read, values):
    few = pd.Series(values, dtype=object)
    many = read(pd.concat([few] * 30, ignore_index=True))[: len(few)]
    alone = read(few)
    assert alone.dtype == many.dtype
    assert json.dumps(alone.tolist(), default=str) == json.dumps(many.tolist(), default=str)


def test_a_row_as_cells_is_the_row_as_columns():
    frame = pd.DataFrame(
        {
            "a": [1.5, np.nan],
            "b": ["x", None],
            "c": [2**60 + 1, -3],
            "d": pd.to_datetime(["2024-03-01T10:00:00.000001", None]),
            "e": [True, False],
            "f": np.array([0.1, 2], dtype=np.float32),
        }
    )
    for few in (frame, frame.head(1), frame.head(0)):
        table = to_table(few)
        assert list(table) == list(frame)
        for name in frame:
            assert table[name].dtype == frame[name].dtype
            assert pd.Series(table[name]).equals(few[name].reset_index(drop=True))
    zoned = frame.assign(d=frame["d"].dt.tz_localize("UTC"))
    assert to_table(zoned)["d"].dtype == zoned["d"].dtype
