"""Certificates of every kind, made by openssl; a test without that program is skipped."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.patience import PATIENCE
from tests.programs_needed import needs_program

DAY = timedelta(days=1)
NAMES = "DNS:shop.example,IP:127.0.0.1"


class Authority:
    """Somebody who certifies."""

    def __init__(self, directory: Path) -> None:
        """Begin with a new key, in a directory that exists."""
        needs_program("openssl")
        self._directory = directory
        self.certificate = directory / "ca.pem"
        (directory / "index").touch()
        (directory / "serial").write_text("01\n")
        (directory / "ca.cnf").write_text(
            "[ca]\ndefault_ca=all\n[all]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\n"
            "[any]\ncommonName=supplied\n"
        )
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Tests"),
        )

    def certify(
        self, starts: timedelta, ends: timedelta, names: str = NAMES, whose: str = "server"
    ) -> Path:
        """A certificate and its key in one file, good from and until then from now."""
        now = datetime.now(UTC)
        (self._directory / "san").write_text(f"subjectAltName={names}\n")
        self._openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", "key", "-out", "request", "-subj", f"/CN={whose}"),
        )
        self._openssl(
            *("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"),
            *("-in", "request", "-out", "cert", "-notext", "-extfile", "san"),
            *("-startdate", f"{now + starts:%Y%m%d%H%M%SZ}"),
            *("-enddate", f"{now + ends:%Y%m%d%H%M%SZ}"),
        )
        both = self._directory / f"{whose}.pem"
        parts = [(self._directory / part).read_text() for part in ("key", "cert")]
        both.write_text("".join(parts))
        return both

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments],
            cwd=self._directory,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
