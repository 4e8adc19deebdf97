"""XGBoost's booster through its C interface, as far as predicting needs it.

https://xgboost.readthedocs.io/en/stable/c.html
"""

from __future__ import annotations

import ctypes
import json
from weakref import finalize

import numpy as np

from ._libraries import Library, library_of

__all__ = ["NativeXGBoost", "xgboost_library"]

_MARGIN = 1
_ALL = {"iteration_begin": 0, "iteration_end": 0}
_AS_GIVEN = {"training": False, "missing": float("nan"), "strict_shape": False, "cache_id": 0}
_HOW = json.dumps({"type": _MARGIN, **_ALL, **_AS_GIVEN}).encode()


def xgboost_library() -> Library | None:
    """The library that the installed package has."""
    return library_of("xgboost", "xgboost", "XGBGetLastError")


class NativeXGBoost:
    """Sums of the trees of a saved model, by any number of callers at once.

    Parameters
    ----------
    native
        The model, as XGBoost saves it.
    """

    def __init__(self, library: Library, native: bytes, threads: int) -> None:
        self._library, self._handle = library, ctypes.c_void_p()
        library.call("XGBoosterCreate", None, ctypes.c_uint64(0), ctypes.byref(self._handle))
        # Not at exit, where other threads may still predict; the memory is freed anyway.
        finalize(self, library.call, "XGBoosterFree", self._handle).atexit = False
        size = ctypes.c_uint64(len(native))
        library.call("XGBoosterLoadModelFromBuffer", self._handle, native, size)
        library.call("XGBoosterSetParam", self._handle, b"nthread", str(threads).encode())

    def margins(self, array: np.ndarray) -> np.ndarray:
        """(n,) or (n, outputs) sums, float32."""
        if not len(array):  # the library does not say how many outputs there would be
            return self.margins(np.zeros((1, array.shape[1]), dtype=np.float32))[:0]
        about = {k: v for k, v in array.__array_interface__.items() if k != "descr"}
        sizes, dimensions = ctypes.POINTER(ctypes.c_uint64)(), ctypes.c_uint64()
        found = ctypes.POINTER(ctypes.c_float)()
        self._library.call(
            "XGBoosterPredictFromDense",
            self._handle,
            json.dumps(about).encode(),
            _HOW,
            None,
            ctypes.byref(sizes),
            ctypes.byref(dimensions),
            ctypes.byref(found),
        )
        shape = tuple(sizes[at] for at in range(dimensions.value))
        # The library will write the next answer of this thread into the same memory.
        return np.ctypeslib.as_array(found, shape=shape).copy()
