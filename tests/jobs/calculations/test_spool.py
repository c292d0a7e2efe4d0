"""Files of requests in flight: counted together, and deleted."""

from contextlib import closing
from pathlib import Path

import pytest

from app.jobs.calculations.spool import Spool, room_on_disk
from app.jobs.errors import TooMuchInFlightError


def test_a_file_gives_back_what_was_written_and_is_gone_when_it_is_closed(tmp_path: Path) -> None:
    file = Spool(tmp_path, 100).file()
    file.write(b"one")
    file.write(b"two")
    assert b"".join(file.blocks()) == b"onetwo"
    file.close()
    assert not list(tmp_path.iterdir())


def test_all_files_together_have_no_more_bytes_than_may_be(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    with closing(spool.file()) as first, closing(spool.file()) as second:
        first.write(bytes(60))
        with pytest.raises(TooMuchInFlightError, match="100 bytes of FIT_MAX_BYTES_IN_FLIGHT"):
            second.write(bytes(60))
        first.close()
        second.write(bytes(60))


def test_what_another_process_wrote_counts_too(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    with closing(spool.file()) as file, closing(spool.file()) as other:
        file.path.write_bytes(bytes(70))
        assert file.written() == 70
        with pytest.raises(TooMuchInFlightError):
            other.write(bytes(40))


def test_no_file_is_begun_where_there_is_no_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    with closing(spool.file()) as file:
        file.write(bytes(100))
        with pytest.raises(TooMuchInFlightError):
            spool.file()


def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(TooMuchInFlightError, match="no room or file for one more request"), room_on_disk():
        Path("/dev/full").write_bytes(b"a")
