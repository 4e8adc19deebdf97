"""LightGBM's booster through its C interface, as far as predicting needs it.

https://lightgbm.readthedocs.io/en/stable/C-API.html
"""

from __future__ import annotations

import ctypes
from weakref import finalize

import numpy as np

from ._libraries import Library, library_of

__all__ = ["NativeLightGBM", "lightgbm_library"]

_FLOAT32, _FLOAT64 = 0, 1
_VALUE, _RAW_SCORE = 0, 1


def lightgbm_library() -> Library | None:
    """The library that the installed package has."""
    return library_of("lightgbm", "_lightgbm", "LGBM_GetLastError")


class NativeLightGBM:
    """Has of ``lightgbm.Booster`` what predicting needs, under the same names.

    Parameters
    ----------
    text
        The model, as LightGBM saves it.
    """

    def __init__(self, library: Library, text: bytes) -> None:
        self._library, self._handle = library, ctypes.c_void_p()
        rounds, outputs = ctypes.c_int(), ctypes.c_int()
        made = ctypes.byref(self._handle)
        library.call("LGBM_BoosterLoadModelFromString", text, ctypes.byref(rounds), made)
        # Not at exit, where other threads may still predict; the memory is freed anyway.
        finalize(self, library.call, "LGBM_BoosterFree", self._handle).atexit = False
        library.call("LGBM_BoosterNumModelPerIteration", self._handle, ctypes.byref(outputs))
        self._rounds, self._outputs = rounds.value, outputs.value

    def num_model_per_iteration(self) -> int:
        """Trees of a round."""
        return self._outputs

    def model_to_string(self) -> str:
        """The model once more."""
        length, needed = 1 << 20, ctypes.c_int64()
        while True:
            buffer = ctypes.create_string_buffer(length)
            self._library.call(
                "LGBM_BoosterSaveModelToString",
                self._handle,
                ctypes.c_int(0),
                ctypes.c_int(-1),
                ctypes.c_int(0),
                ctypes.c_int64(length),
                ctypes.byref(needed),
                buffer,
            )
            if needed.value <= length:
                return buffer.value.decode()
            length = needed.value

    def predict(
        self,
        array: np.ndarray,
        *,
        start_iteration: int,
        num_iteration: int,
        raw_score: bool,
        num_threads: int,
    ) -> np.ndarray:
        """(n,) or (n, outputs) predictions of so many rounds."""
        if array.dtype not in (np.float32, np.float64) or not (
            array.flags.c_contiguous or array.flags.f_contiguous
        ):
            array = np.ascontiguousarray(array, dtype=np.float64)
        found, written = np.empty(len(array) * self._outputs), ctypes.c_int64()
        self._library.call(
            "LGBM_BoosterPredictForMat",
            self._handle,
            ctypes.c_void_p(array.ctypes.data),
            ctypes.c_int(_FLOAT32 if array.dtype == np.float32 else _FLOAT64),
            ctypes.c_int32(array.shape[0]),
            ctypes.c_int32(array.shape[1]),
            ctypes.c_int(array.flags.c_contiguous),
            ctypes.c_int(_RAW_SCORE if raw_score else _VALUE),
            ctypes.c_int(start_iteration),
            ctypes.c_int(num_iteration),
            f"num_threads={num_threads}".encode(),
            ctypes.byref(written),
            found.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )
        return found if self._outputs == 1 else found.reshape(len(array), self._outputs)
