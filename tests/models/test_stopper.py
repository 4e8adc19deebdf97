from automl_tasks.models._stopper import Stopper


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def run(losses, seconds=1e9, step=1.0):
    """Iterations done, and the best one."""
    clock = Clock()
    stopper = Stopper(seconds, clock=clock)
    for iteration, loss in enumerate(losses, start=1):
        clock.now += step
        if stopper.update(iteration, loss):
            break
    return iteration, stopper.best


def test_stops_thirty_iterations_after_the_best():
    assert run([1.0, 0.5] + [0.6] * 200) == (33, 2)


def test_a_long_training_may_rest_longer():
    falling = [1000.0 - n for n in range(500)]
    assert run(falling + [900.0] * 500) == (500 + 130, 500)


def test_crawling_is_no_progress_but_the_best_is_kept():
    crawling = [1.0 - 1e-7 * n for n in range(5_000)]
    done, best = run(crawling)
    assert done == best < 40


def test_ends_before_the_iteration_that_would_pass_the_limit():
    assert run([None] * 100, seconds=10.5) == (10, 10)
    assert run([1.0 / n for n in range(1, 100)], seconds=10.5) == (10, 10)


def test_one_iteration_is_always_kept():
    assert run([0.3, 0.2], seconds=0.0) == (1, 1)


def test_nan_loss_ends_it():
    assert run([float("nan")] * 100)[0] < 40
