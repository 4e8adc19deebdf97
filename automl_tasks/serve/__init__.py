"""What a consumer's environment needs to load a package and predict, and nothing more.

It imports numpy, pandas and, inside functions, the native model libraries; nothing else of
Nightshift, because this folder alone travels with each registered model.
"""

from automl_tasks.serve.errors import BadInput, BadPackage
from automl_tasks.serve.model import Model
from automl_tasks.serve.package import load

__all__ = ["BadInput", "BadPackage", "Model", "load"]
