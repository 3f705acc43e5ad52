"""The callback key of a machine: made once, private, the same for everybody who asks."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_bytes
from threading import Barrier

import pytest

from seedance_spec.webhook.capability import derive_key
from seedance_spec.webhook.key_file import KeyFault, load_or_create_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".seedance" / "callback.key"


def test_a_key_is_made_once_and_then_read(path: Path) -> None:
    """The first call makes it, every later one finds the same; nothing else is left in the folder."""
    made = load_or_create_key(path)

    assert load_or_create_key(path) == made
    assert [each.name for each in path.parent.iterdir()] == ["callback.key"]


def test_two_projects_have_two_keys(tmp_path: Path) -> None:
    """No two folders get the same key."""
    assert load_or_create_key(tmp_path / "one.key") != load_or_create_key(tmp_path / "two.key")


def test_the_files_text_is_the_key_for_a_shared_receiver(path: Path) -> None:
    """What the file holds, given as SEEDANCE_CALLBACK_KEY, is the same key."""
    made = load_or_create_key(path)

    assert derive_key(path.read_text()) == made


def test_only_its_user_can_read_it(path: Path) -> None:
    """The file is 0600, and made so again if somebody opened it up."""
    load_or_create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o644)
    load_or_create_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_all_who_make_it_at_once_get_the_same(path: Path) -> None:
    """Eight makers that all found no key end up with one, whole, whoever wrote it."""
    together = Barrier(8)

    def make(_: int) -> bytes:
        return load_or_create_key(path, random=lambda length: token_bytes(length + together.wait(10) * 0))

    with ThreadPoolExecutor(8) as makers:
        keys = set(makers.map(make, range(8)))

    assert keys == {load_or_create_key(path)}


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe\xfd" * 20])
def test_a_spoilt_file_is_a_fault_with_a_way_out(path: Path, content: bytes) -> None:
    """A file that holds no key is not overwritten: URLs made with its key may be under way."""
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(KeyFault, match=r"callback\.key holds no callback key: delete it"):
        load_or_create_key(path)
    assert path.read_bytes() == content


def test_a_link_in_the_keys_place_is_refused(path: Path) -> None:
    """A symbolic link could make us read or loosen another file."""
    path.parent.mkdir()
    (path.parent / "other").write_text("some other secret of the user\n")
    path.symlink_to("other")

    with pytest.raises(KeyFault, match="cannot be used"):
        load_or_create_key(path)
