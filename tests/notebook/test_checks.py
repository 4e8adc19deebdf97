"""Scikit-learn's own checks of an estimator.

All of them fit about a hundred models, which takes minutes: NIGHTSHIFT_ALL_CHECKS=1 runs them all,
otherwise run those that fit nothing, and a few more.
"""

import os
from unittest import SkipTest

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from automl_tasks import AutoMLClassifier, AutoMLRegressor

QUICK = {
    "check_complex_data",
    "check_classifiers_one_label",
    "check_classifiers_regression_target",
    "check_dict_unchanged",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_estimator_tags_renamed",
    "check_estimators_empty_data_messages",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_fit2d_1sample",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_requires_y_none",
    "check_set_params",
    "check_supervised_y_no_nan",
    "check_valid_tag_types",
}
NOT_MET = {
    "check_sample_weight_equivalence_on_dense_data": "a row of weight 2 lies in one fold of the "
    "search, the same row twice may lie in two, so the trials that they choose differ",
}
EVERY = os.environ.get("NIGHTSHIFT_ALL_CHECKS") == "1"


def checks():
    for estimator in (AutoMLClassifier(trials=1, minutes=1), AutoMLRegressor(trials=1, minutes=1)):
        for instance, check in estimator_checks_generator(estimator):
            name = check.func.__name__
            if EVERY or name in QUICK:
                yield pytest.param(instance, check, id=f"{type(estimator).__name__}-{name}")


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_finds_nothing_to_complain_of(estimator, check):
    try:
        check(estimator)
    except SkipTest as reason:
        pytest.skip(str(reason))
    except AssertionError:
        if check.func.__name__ not in NOT_MET:
            raise
        pytest.xfail(NOT_MET[check.func.__name__])
