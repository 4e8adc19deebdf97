"""What a reader may rely on, whatever happens to a writer."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from automl_tasks.errors import ProblemError, TransientError
from automl_tasks.store import Store, digest_file, digest_json, open_store

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé", max_size=3), inner),
    max_leaves=10,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def files_below(store: Store) -> list[str]:
    return sorted(str(p.relative_to(store.root)) for p in store.root.rglob("*") if p.is_file())


@given(value=JSON)
@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
def test_json_comes_back_as_it_went_in(store: Store, value: object) -> None:
    store.write_json("a/b.json", value)
    assert store.read_json("a/b.json") == value
    assert digest_json(value) == digest_json(json.loads(json.dumps(value)))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_has_not_is_refused_and_the_old_value_stays(store: Store, value: object) -> None:
    store.write_json("a.json", 1)
    with pytest.raises((ValueError, TypeError)):
        store.write_json("a.json", {"score": value})
    assert store.read_json("a.json") == 1
    assert files_below(store) == ["a.json"]


def test_a_failing_disk_leaves_nothing_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_json("a.json", 1)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write_json("a.json", 2)
    assert (store.read_json("a.json"), files_below(store)) == (1, ["a.json"])


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd"])
def test_a_key_cannot_leave_the_store(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="leaves the store"):
        store.write_bytes(key, b"")


def test_list_shows_the_names_below_a_key_only(store: Store) -> None:
    store.write_json("runs/b/plan.json", 1)
    store.write_json("runs/a.json", 1)
    assert store.list("runs") == ["a.json", "b"]
    assert store.list("") == ["runs"]
    assert store.list("nothing/here") == []


def test_a_folder_appears_when_its_block_ends(store: Store) -> None:
    with store.new_folder("runs/1/trial") as folder:
        (folder / "oof.npz").write_bytes(b"1")
        assert not store.exists("runs/1/trial")
    assert files_below(store) == ["runs/1/trial/oof.npz"]


def test_a_folder_does_not_appear_after_an_error(store: Store) -> None:
    with pytest.raises(RuntimeError), store.new_folder("trial") as folder:
        (folder / "oof.npz").write_bytes(b"1")
        raise RuntimeError
    assert not store.exists("trial")
    assert files_below(store) == []


def test_the_first_of_two_writers_of_a_folder_wins(store: Store) -> None:
    with store.new_folder("snapshot") as late:
        (late / "who").write_text("late")
        with store.new_folder("snapshot") as early:
            (early / "who").write_text("early")
    assert store.path("snapshot/who").read_text() == "early"
    assert files_below(store) == ["snapshot/who"]


def test_delete_removes_files_and_folders_and_forgives_missing_keys(store: Store) -> None:
    store.write_json("a/b.json", 1)
    store.write_json("a/c/d.json", 1)
    store.delete("a/b.json")
    assert store.list("a") == ["c"]
    store.delete("a")
    store.delete("a")
    assert files_below(store) == []


def start(code: str, store: Store) -> subprocess.Popen[str]:
    """A Python process in which `store` is open; returns when it has printed a line."""
    prelude = "import sys, time\nfrom pathlib import Path\nfrom automl_tasks.store import Store\n"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{prelude}store = Store(Path(sys.argv[1]))\n{code}", store.root],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_killed_writer_leaves_no_half_folder_and_its_rubbish_is_swept(store: Store) -> None:
    writer = start(
        "with store.new_folder('trial') as folder:\n"
        "    (folder / 'manifest.json').write_text('{}')\n"
        "    print('ready', flush=True); time.sleep(60)",
        store,
    )
    kill(writer)
    assert not store.exists("trial")

    store.sweep()
    assert len(files_below(store)) == 1, "a writer that may still be at work is left alone"
    for staged in (store.root / ".staging").iterdir():
        os.utime(staged, (time.time() - 3 * 86400,) * 2)
    open_store(str(store.root))
    assert files_below(store) == []


def test_a_reader_never_sees_a_half_written_file(store: Store) -> None:
    store.write_json("current.json", {"rows": ["x"] * 10})
    writer = start(
        "print('ready', flush=True)\n"
        "for size in range(10, 100_000):\n"
        "    store.write_json('current.json', {'rows': ['x'] * (size % 5000)})",
        store,
    )
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        assert set(store.read_json("current.json")["rows"]) <= {"x"}
    kill(writer)
    assert set(store.read_json("current.json")["rows"]) <= {"x"}


def test_a_lock_excludes_and_is_released_when_its_holder_is_killed(store: Store) -> None:
    holder = start(
        "with store.lock('bikes/promote'):\n    print('ready', flush=True); time.sleep(60)", store
    )
    with store.lock("bikes/promote", wait=False) as held:
        assert not held
    with store.lock("bikes/search", wait=False) as held:
        assert held
    kill(holder)
    with store.lock("bikes/promote", wait=False) as held:
        assert held


def test_locks_are_no_keys(store: Store) -> None:
    with store.lock("bikes/promote"):
        assert store.list("") == []


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_open_store_takes_paths_and_file_urls(tmp_path: Path, form: str) -> None:
    assert open_store(form.format(tmp_path / "s")).root == tmp_path / "s"


def test_a_file_url_may_quote_a_space(tmp_path: Path) -> None:
    assert open_store(f"file://{tmp_path}/my%20store").root == tmp_path / "my store"
    assert open_store(f"{tmp_path}/100%20").root == tmp_path / "100%20"


def test_an_unknown_scheme_is_named() -> None:
    with pytest.raises(ProblemError, match=r"NIGHTSHIFT_STORE: no store serves gs://.*Give a fold"):
        open_store("gs://bucket")


def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TransientError, match=r"file/store: the store cannot be opened"):
        open_store(str(tmp_path / "file" / "store"))


def test_equal_files_have_equal_digests(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    (tmp_path / "b").write_bytes(b"x" * 100_000)
    (tmp_path / "c").write_bytes(b"y")
    a, b, c = (digest_file(tmp_path / name) for name in "abc")
    assert a == b != c
    assert len(a) == 64
