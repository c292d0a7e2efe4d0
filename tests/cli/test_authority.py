"""The certificates of a cluster are made once, trusted by it, and readable by nobody else."""

import stat
from pathlib import Path

from cryptography import x509

from app.cli.authority import AUTHORITY, CERTIFICATE, KEY, make_certificates


def test_the_certificate_is_issued_by_the_authority(tmp_path: Path) -> None:
    assert make_certificates(tmp_path, days=1)
    authority, certificate = (
        x509.load_pem_x509_certificate((tmp_path / name).read_bytes()) for name in (AUTHORITY, CERTIFICATE)
    )
    certificate.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(authority)


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    make_certificates(tmp_path / "new", days=1)
    for name in (AUTHORITY, CERTIFICATE, KEY):
        assert stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) == 0o600


def test_what_is_there_stays(tmp_path: Path) -> None:
    make_certificates(tmp_path, days=1)
    before = (tmp_path / KEY).read_bytes()
    assert not make_certificates(tmp_path, days=1)
    assert (tmp_path / KEY).read_bytes() == before
