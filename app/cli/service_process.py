"""The process of a service that is there for one call of the command line, and ends with it.

Its arguments are a folder for everything that it writes, which it deletes at the end. The call holds the other end of
its stdin: when that is closed, whatever ended the call, the service ends too. On stdout it says where it is, and the
key that only this call knows.
"""

import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    """Serve until the call is over."""
    folder = Path(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        # A call that is over already ends the service as soon as the thread has started.
        threading.Thread(target=_end_with_call, daemon=True).start()
        _serve(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_call() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(folder: Path) -> None:
    # The worker process imports this module too, and needs nothing of it.
    from app.descriptors import provide_descriptors  # noqa: PLC0415
    from app.jobs.callers.keys import USUAL_SCOPES  # noqa: PLC0415
    from app.jobs.store.keys import KeyStore  # noqa: PLC0415
    from app.jobs.store.opening import opened  # noqa: PLC0415
    from app.server import listening, run  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415

    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite:///{folder}/fits.db", workers=1, log_level="warning"
    )
    provide_descriptors(settings.max_connections)
    sockets = listening(settings.host, settings.port)
    with opened(settings.database_url) as engine:
        _, secret = KeyStore(engine).make("command-line", USUAL_SCOPES)
    place = {"url": f"http://{settings.host}:{sockets[0].getsockname()[1]}", "key": secret}
    run(settings, sockets, lambda: _tell(place))


def _tell(place: dict[str, str]) -> None:
    print(json.dumps(place), flush=True)  # noqa: T201
    # Nobody reads any more of it.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
