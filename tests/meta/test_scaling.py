import numpy as np

from automl_tasks.meta.scaling import WORST, completed, normalised


def test_a_table_is_scaled_by_its_best_and_median_configuration() -> None:
    scaled = normalised(np.array([[10.0, 12.0, 14.0, 16.0, 90.0]]))
    assert np.allclose(scaled, [[0.0, 0.5, 1.0, 1.5, WORST]])


def test_the_unit_of_the_metric_does_not_matter() -> None:
    losses = np.random.default_rng(0).random((4, 9))
    assert np.allclose(normalised(losses), normalised(1e6 * losses - 3e5), atol=1e-6)


def test_equal_losses_are_no_difference() -> None:
    assert normalised(np.full((1, 4), 0.3)).max() == 0.0


def test_a_failure_is_the_worst_and_does_not_move_the_scale() -> None:
    scaled = normalised(np.array([[1.0, 2.0, 3.0, np.inf, 1.5]]))
    assert scaled[0, 3] == WORST
    assert np.allclose(scaled[0, [0, 1, 2, 4]], normalised(np.array([[1.0, 2.0, 3.0, 1.5]]))[0])


def test_a_table_with_all_failures_is_no_error() -> None:
    assert (normalised(np.full((2, 3), np.inf)) == WORST).all()


def test_a_few_good_results_are_not_taken_for_a_whole_table() -> None:
    complete = np.tile(np.arange(10.0), (5, 1))
    few = np.full((1, 10), np.nan)
    few[0, :3] = [7.0, 7.1, 7.2]  # the three best elsewhere
    scaled = normalised(np.vstack([complete, few]))
    assert np.isnan(scaled[5, 3:]).all()
    assert scaled[5, 2] < 0.6  # the worst of the three is no bad configuration


def test_what_is_missing_is_filled_by_configuration_family_and_table() -> None:
    scaled = np.array(
        [
            [0.0, 0.2, np.nan, 1.0, np.nan],
            [1.0, 1.2, np.nan, 0.0, np.nan],
            [1.0, np.nan, np.nan, 0.0, np.nan],
        ]
    )
    filled = completed(scaled, ("tree", "tree", "tree", "line", "new"))
    assert np.array_equal(filled[~np.isnan(scaled)], scaled[~np.isnan(scaled)])
    assert filled[1, 2] > filled[0, 2]  # trees suit the first table better
    assert filled[2, 1] > scaled[:, 1][:2].mean()  # and this one does not suit the third
    assert (filled[:, 4] == 1.0).all()  # of an unknown family: mediocre


def test_without_records_everything_is_mediocre() -> None:
    assert (completed(np.full((2, 3), np.nan), ("a", "a", "b")) == 1.0).all()
