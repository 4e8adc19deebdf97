import numpy as np
import pandas as pd
import pytest

from automl_tasks.models import FAMILIES
from automl_tasks.models._nets import Adam, Nets

RNG = np.random.default_rng(0)
ROWS = 1_200
FRAME = pd.DataFrame(RNG.normal(size=(ROWS, 4)).astype(np.float32), columns=list("abcd"))


def fit(y, task, *, rows=1_000, seconds=60.0, valid=True, **params):
    return FAMILIES["mlp"].fit(
        FRAME.iloc[:rows],
        y[:rows],
        task=task,
        params=params,
        classes=0 if task == "regression" else int(y.max()) + 1,
        valid=(FRAME.iloc[1_000:], y[1_000:]) if valid else None,
        threads=1,
        seed=0,
        seconds=seconds,
    )


def test_learns_what_no_linear_model_can():
    y = FRAME["a"].to_numpy() * FRAME["b"].to_numpy()
    told = fit(y, "regression", hidden=[64, 64]).predict(FRAME.iloc[1_000:])
    assert 1 - np.var(told - y[1_000:]) / np.var(y[1_000:]) > 0.9


def test_nets_side_by_side_differ_and_are_averaged():
    y = (FRAME["a"] * FRAME["b"] > 0).to_numpy().astype(int)
    fitted = fit(y, "binary", nets=3, hidden=[16], iterations=4)
    first = fitted.predictor.model["weights0"]
    assert first.shape == (3, 4, 16)
    assert not np.allclose(first[0], first[1])


def test_a_configuration_may_have_more_steps():
    y = (FRAME["a"] * FRAME["b"] > 0).to_numpy().astype(int)
    epochs = {
        steps: fit(y, "binary", hidden=[4], steps=steps, valid=False).iterations
        for steps in (300, 600)
    }
    assert epochs == {300: 20, 600: 40}


@pytest.mark.parametrize("looks", [8, 24])
def test_the_cycle_fits_into_the_time(looks, tick):
    """A training that must end sooner still ends with a low learning rate, in time."""
    y = (FRAME["a"] * FRAME["b"] > 0).to_numpy().astype(int)
    fitted = fit(y, "binary", seconds=looks * tick, hidden=[512, 512], valid=False)
    pace = fitted.pace
    assert pace.planned - 1 <= pace.steps <= pace.planned < looks  # each look takes its time, too
    told = fitted.predict(FRAME.iloc[1_000:])
    assert np.mean((told[:, 1] > 0.5) == y[1_000:]) > 0.6


def test_slope_is_the_derivative_of_the_loss():
    rng = np.random.default_rng(0)
    nets = Nets([3, 5, 4, 2], 2, rng)
    nets.flat[:] = rng.normal(size=len(nets.flat))
    batch, truth = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))

    def loss(flat):
        nets.flat[:] = flat
        return 0.5 * float(((nets.forward(batch, 0.0, rng)[0] - truth) ** 2).sum())

    start = nets.flat.copy()
    scores, inputs = nets.forward(batch, 0.0, rng)
    slope = nets.slope(inputs, scores - truth, 0.0).copy()
    for at in rng.choice(len(start), 25, replace=False):
        moved = np.zeros_like(start)
        moved[at] = 1e-2
        measured = (loss(start + moved) - loss(start - moved)) / 2e-2
        assert slope[at] == pytest.approx(measured, rel=0.05, abs=0.2)


def test_decay_draws_weights_but_not_biases_to_zero():
    flat = np.ones(2, dtype=np.float32)
    adam = Adam(np.array([1.0, 0.0], dtype=np.float32), decay=0.5)
    for _ in range(10):
        adam.update(flat, np.zeros(2, dtype=np.float32), rate=0.1)
    np.testing.assert_allclose(flat, [0.95**10, 1.0], rtol=1e-5)
