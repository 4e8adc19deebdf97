from automl_tasks.meta import Knowledge, Known, Recorded, Result, append_run
from automl_tasks.search.catalogue import Catalogue
from automl_tasks.search.revisited import revisited

PROPOSED = [Known.of("lightgbm", {"num_leaves": leaves}) for leaves in range(100, 200)]


def record(fingerprint, losses, metric="roc_auc"):
    """Losses by place among the proposed."""
    return Recorded(
        name="shop",
        fingerprint=fingerprint,
        task="binary",
        metric=metric,
        rows=200,
        columns=4,
        classes=2,
        folds=5,
        threads=1,
        metafeatures={},
        results={PROPOSED[at].key: Result(loss=loss, seconds=0.1) for at, loss in losses.items()},
    )


def test_of_many_earlier_proposals_the_best_are_tried_again(shop):
    plan = shop.replan(shop.planned(), **shop.everything)
    losses = {at: 0.3 - 0.001 * at for at in range(100)}
    before = {each.configuration.id for each in Catalogue(shop.store, plan).planned([], set())}
    append_run(shop.store, "earlier", record(plan.fingerprint, losses), PROPOSED)
    after = [each.configuration for each in Catalogue(shop.store, plan).planned([], set())]
    added = {each.params["num_leaves"] for each in after if each.id not in before}
    assert added == set(range(180, 200))
    assert before <= {each.id for each in after}


def test_what_was_proposed_for_another_table_is_left_to_it(shop):
    plan = shop.replan(shop.planned(), **shop.everything)
    before = [each.configuration.id for each in Catalogue(shop.store, plan).planned([], set())]
    append_run(shop.store, "x", record("other", dict.fromkeys(range(100), 0.1)), PROPOSED)
    after = [each.configuration.id for each in Catalogue(shop.store, plan).planned([], set())]
    assert set(after) == set(before)


def test_what_ran_on_several_tables_is_for_all():
    known = {each.key: each for each in PROPOSED}
    tables = [record("one", {0: 0.1, 1: 0.1}), record("two", {1: 0.2, 2: None})]
    knowledge = Knowledge(tables, known)
    assert revisited(knowledge, "three", "roc_auc") == {PROPOSED[1].key}


def test_failures_and_losses_of_another_metric_do_not_count_as_good():
    known = {each.key: each for each in PROPOSED}
    losses = dict.fromkeys(range(30), 0.2) | {50: None}
    others = dict.fromkeys(range(60, 100), 0.0)
    tables = [record("one", losses), record("one", others, metric="accuracy")]
    found = revisited(Knowledge(tables, known), "one", "roc_auc")
    assert len(found) == 20
    assert found <= {each.key for each in PROPOSED[:30]}


def test_failures_are_not_tried_again_for_want_of_better_ones():
    known = {each.key: each for each in PROPOSED}
    knowledge = Knowledge([record("one", {0: 0.2, 1: None, 2: None})], known)
    assert revisited(knowledge, "one", "roc_auc") == {PROPOSED[0].key}
