"""TLS between services, scheduler and workers of many machines: each shows a certificate of one authority."""

from distributed import Security

from app.settings import Settings


def security_of(settings: Settings) -> Security:
    """Return what Dask needs to know of the certificate of this process; nothing passes unencrypted."""
    roles = ("client", "scheduler", "worker")
    certificates = {f"tls_{role}_cert": settings.tls_certificate for role in roles}
    keys = {f"tls_{role}_key": settings.tls_key for role in roles}
    return Security(require_encryption=True, tls_ca_file=settings.tls_authority, **certificates, **keys)
