"""The files by which machines of a cluster know each other, looked at before anything begins."""

import ssl
from pathlib import Path

from app.settings import Settings, SettingsError


def check_certificates(settings: Settings) -> None:
    """Raise SettingsError where the certificates of the settings can't be used, with the variable to mend."""
    for name in ("tls_authority", "tls_certificate", "tls_key"):
        path = getattr(settings, name)
        if not Path(path).is_file():
            raise SettingsError(f"FIT_{name.upper()}: there is no file {Path(path).absolute()}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(settings.tls_authority)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(f"FIT_TLS_AUTHORITY: {settings.tls_authority} is no certificate: {error}") from None
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(
            f"FIT_TLS_CERTIFICATE, FIT_TLS_KEY: {settings.tls_certificate} and {settings.tls_key} are no certificate "
            f"and its key: {error}"
        ) from None
