import json

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from automl_tasks.features.topics import TextTopics
from automl_tasks.features.words import TextTerms
from automl_tasks.serve.steps import apply_step
from automl_tasks.serve.steps.characters import count_grams, hashed_grams

RNG = np.random.default_rng(0)


def told(train, y, new, step):
    made = step.fit_transform(pd.DataFrame({"t": train})).drop(columns="t")
    state = json.loads(json.dumps(step.state_, allow_nan=False))
    served = apply_step(state, {"t": np.array(new, dtype=object)})
    del served["t"]
    model = LogisticRegression(C=100.0).fit(made, y)
    return model.predict(pd.DataFrame(served))


def test_spelling_tells_words_that_were_never_seen():
    """German and Latin endings on stems of which no two are alike."""
    letters = list("abdefgiklmnoprstuv")

    def word(ending):
        return "".join(RNG.choice(letters, 5)) + ending

    def texts(count):
        german = RNG.random(count) < 0.5
        return [
            " ".join(word("ung" if is_german else "ibus") for _ in range(4)) for is_german in german
        ], german

    train, y = texts(300)
    new, truth = texts(200)
    assert np.mean(told(train, y, new, TextTopics(grams="characters")) == truth) > 0.95
    assert TextTopics().fit_transform(pd.DataFrame({"t": train})).columns.tolist() == ["t"]


def test_pairs_of_words_tell_what_words_do_not():
    rows = ["not good but fine", "good but not fine"] * 50
    y = np.arange(100) % 2
    step = TextTerms()
    step.fit(pd.DataFrame({"t": rows}))
    terms = step.state_["columns"]["t"]["terms"]
    assert {"not good", "not fine", "good", "not"} <= set(terms)
    assert (told(rows, y, rows, step) == y).all()


def test_grams_are_those_of_scikit_learn():
    texts = np.array(["Das Haus", "dashaus", None, "", "x"], dtype=object)
    rows, hashes = hashed_grams(texts)
    reference = TfidfVectorizer(analyzer="char", ngram_range=(3, 5))
    counts = [len(reference.build_analyzer()(f" {text.lower()} ")) if text else 0 for text in texts]
    assert np.bincount(rows, minlength=5).tolist() == counts
    same = [set(hashes[rows == 0]) & set(hashes[rows == 1])]
    # "das", "hau", "aus", "haus" and " das" … with their ends
    assert len(same[0]) == len({"das", "hau", "aus", "haus", " da", " das", "us ", "aus ", "haus "})


@pytest.mark.parametrize("grams", ["words", "characters"])
def test_a_text_has_the_same_topics_in_any_company(grams):
    words = ["ab", "abc", "bcd", "cde", "def", "efg"]
    texts = [" ".join(RNG.choice(words, 6)) for _ in range(300)] + [None, "", "😀 ÄÖ"]
    frame = pd.DataFrame({"t": pd.Series(texts, dtype=object)})
    step = TextTopics(grams=grams).fit(frame)
    whole = step.transform(frame).drop(columns="t")
    for row in (0, 77, 300, 301, 302):
        alone = step.transform(frame.iloc[[row]]).drop(columns="t")
        np.testing.assert_array_equal(alone.to_numpy()[0], whole.to_numpy()[row])
    assert (whole.to_numpy()[300:302] == 0).all()


def test_no_terms_no_weights():
    row, term, weight = count_grams(
        np.array(["abc", None], dtype=object), np.zeros(0, np.uint64), np.zeros(0)
    )
    assert len(row) == len(term) == len(weight) == 0
