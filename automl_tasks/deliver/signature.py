"""The MLflow signature of a package: column names and which are required, no types; parameters.

MLflow refuses an int64 column where the signature says double, and text where it says datetime;
it compares types, it does not read values. Our feature steps read values, so columns are ``Any``;
how each is read stands in the model's metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

__all__ = ["column_metadata", "signature"]

# The keywords of `serve.Model.predict`; MLflow hands them on only when the signature has them.
_PARAMS = {"output": "string", "interval": "double", "explain": "long", "threshold": "double"}
_LABEL_TYPES = {"str": "string", "bool": "boolean", "int64": "long", "float64": "double"}


def signature(model: dict[str, Any]) -> ModelSignature:
    """Signature of the package described by `model`, the content of its ``model.json``."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import AnyType, ColSpec, DataType, ParamSchema, ParamSpec, Schema

    inputs = [
        ColSpec(AnyType(), name=column["name"], required=column["required"])
        for column in model["columns"]
    ]
    outputs = [ColSpec(DataType[_LABEL_TYPES[model["dtype"]]], name="prediction")]
    outputs += [
        ColSpec(DataType.double, name=f"probability_{name}") for name in model["classes"] or ()
    ]
    params = [ParamSpec(name, dtype, default=None) for name, dtype in _PARAMS.items()]
    return ModelSignature(Schema(inputs), Schema(outputs), ParamSchema(params))


def column_metadata(model: dict[str, Any]) -> dict[str, Any]:
    """What the signature cannot say: target, task, and how each column is read."""
    return {
        "task": model["task"],
        "target": model["target"],
        "columns": {column["name"]: column["kind"] for column in model["columns"]},
    }
