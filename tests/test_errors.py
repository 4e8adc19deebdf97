import pickle

import pytest

from automl_tasks import errors
from automl_tasks.errors import DataError, NightshiftError, TerminalError, TransientError, within


def test_message_names_place_thing_and_remedy() -> None:
    error = DataError("column 'cnt' is missing", where="bikes.csv", remedy="Add it or rename it")
    assert str(error) == "bikes.csv: column 'cnt' is missing. Add it or rename it"
    assert (error.what, error.where) == ("column 'cnt' is missing", "bikes.csv")


def test_message_without_place_or_remedy_has_no_stray_punctuation() -> None:
    assert str(DataError("the table is empty")) == "the table is empty"


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"NightshiftError", "within"}))
def test_every_error_is_either_terminal_or_transient(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, NightshiftError)
    assert issubclass(kind, TerminalError) != issubclass(kind, TransientError)


def test_a_place_is_added_to_what_is_known_of_it() -> None:
    message = r"^bikes, column 'cnt': one value\. Give more$"
    with pytest.raises(DataError, match=message), within("bikes"):
        raise DataError("one value", where="column 'cnt'", remedy="Give more")
    with pytest.raises(DataError, match=r"^bikes: no rows$"), within("bikes"):
        raise DataError("no rows")


def test_an_error_crosses_processes_whole() -> None:
    error = DataError("one class", where="run 7", remedy="Collect more")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, copy.remedy) == (DataError, error.args, "Collect more")
