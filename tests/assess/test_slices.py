import numpy as np
import pandas as pd

from automl_tasks.assess.slices import cut_slices, worst_slices


def rows(count=2000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.uniform(18, 90, count), "city": rng.choice(["a", "b"], count)})
    return frame, rng.exponential(1.0, count)


def test_the_slice_in_which_a_model_fails_is_named():
    frame, losses = rows()
    old = frame["age"] > 83
    found = worst_slices(
        frame, losses * np.where(old, 3, 1), columns=["age", "city"], loss="squared error"
    )
    first = found.worst[0]
    assert (first.column, first.level[-7:], found.loss) == ("age", "or more", "squared error")
    assert first.loss > 2 * first.rest
    assert first.p_value < 1e-6
    assert all(each.column == "age" for each in found.worst)


def test_where_all_slices_are_alike_none_is_named():
    named = [
        len(worst_slices(*rows(seed=seed), columns=["age", "city"], loss="x").worst)
        for seed in range(30)
    ]
    assert sum(named) <= 3


def test_slices_of_few_rows_are_not_named():
    frame, losses = rows(300)
    rare = frame["city"].where(np.arange(300) >= 12, "secret")
    found = worst_slices(
        frame.assign(city=rare), losses + 9 * (rare == "secret"), columns=["city"], loss="x"
    )
    assert "secret" not in str(found)


def test_the_name_of_a_range_says_on_which_side_its_ends_are():
    ages = pd.Series(np.repeat(np.arange(0.0, 100.0), 40))
    names, codes, _ = cut_slices(ages, ages, 30)
    ends = [int(name.split()[-1]) for name in names if " to below " in name]
    assert len(ends) > 5
    for end in ends:
        lower, upper = (names[code] for code in codes[[40 * end - 1, 40 * end]])
        assert lower.endswith(f"to below {end}")
        assert upper.startswith(f"{end} ")
