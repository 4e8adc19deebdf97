"""A table as the content of a file, for the store writes whole files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_parquet"]


def as_parquet(frame: pd.DataFrame) -> bytes:
    """The rows without their index."""
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    return content.getvalue()
