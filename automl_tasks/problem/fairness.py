"""What an owner asks of a model's fairness."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from automl_tasks.problem.source import Strict

__all__ = ["FairnessMeasure", "FairnessPolicy"]

FairnessMeasure = Literal[
    "demographic_parity_difference",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "mean_prediction_difference",
    "metric_difference",
]


class FairnessPolicy(Strict):
    """How groups of the protected columns are compared, and how far they may be apart."""

    measure: FairnessMeasure | None = Field(
        None,
        description="What is limited; default: equalized_odds_difference for two classes, "
        "else metric_difference",
    )
    max_disparity: float | None = Field(
        None,
        ge=0,
        strict=False,
        description="A challenger whose groups are further apart is not promoted",
    )
    min_rows: int = Field(30, ge=10, description="Smaller groups are pooled as others")
    features: Literal["use", "exclude"] = Field(
        "use", description="exclude: models do not see the protected columns"
    )
    mitigation: Literal["none", "reweighting", "thresholds"] = Field(
        "none",
        description="reweighting: rows of a group and class count as if both were independent; "
        "thresholds: two classes are decided by a threshold for each group",
    )
