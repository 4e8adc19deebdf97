from automl_tasks.search.haste import hurried, most_leaves

LEAFWISE = {"learning_rate": 0.05, "num_leaves": 31}


def test_with_time_enough_nothing_changes():
    assert hurried(LEAFWISE, 1.0, 500) == LEAFWISE
    assert hurried({"C": 1.0}, 40.0, 500) == {"C": 1.0}


def test_the_learning_rate_rises_before_the_trees_grow():
    assert hurried(LEAFWISE, 3.0, 500) == {"learning_rate": 0.15, "num_leaves": 31}


def test_what_the_fastest_rate_leaves_is_made_up_by_larger_trees():
    assert hurried(LEAFWISE, 24.0, 500) == {"learning_rate": 0.3, "num_leaves": 124}
    levels = {"learning_rate": 0.1, "max_depth": 6}
    assert hurried(levels, 12.0, 500) == {"learning_rate": 0.3, "max_depth": 8}


def test_trees_grow_no_further_than_their_rows_allow_and_never_shrink():
    few = most_leaves(rows=11_000, classes=26)
    assert few == 8
    assert hurried(LEAFWISE, 24.0, few)["num_leaves"] == 31
    many = most_leaves(rows=9_000, classes=2)
    assert hurried(LEAFWISE, 240.0, many)["num_leaves"] == 90
    deep = {"learning_rate": 0.3, "max_depth": 6}
    assert hurried(deep, 100.0, 0) == deep
    assert hurried(deep, 1e6, 16)["max_depth"] == 6


def test_a_faster_rate_than_the_fastest_stays():
    assert hurried({"learning_rate": 0.5}, 9.0, 0) == {"learning_rate": 0.5}
