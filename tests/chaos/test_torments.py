"""Many fits of all kinds while everything around them is tormented: each ends once, as an undisturbed run does."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.helpers.fits_of_all_kinds import KINDS
from tests.helpers.outcomes import outcome, posted
from tests.helpers.running_service import RunningService
from tests.helpers.torments import torment

SEED = 17
SECONDS = float(os.environ.get("FIT_TEST_CHAOS_SECONDS", "8"))
FITS = min(200, int(3 * SECONDS))


def test_every_accepted_fit_ends_once_as_an_undisturbed_one(start_service: Callable[..., RunningService]) -> None:
    service = start_service(max_lost_workers=1000, lease_seconds=3)
    names = random.Random(SEED).choices(list(KINDS), k=FITS)  # noqa: S311
    undisturbed = {name: outcome(service, service.fitted(KINDS[name])["id"]) for name in {*names}}
    fits: dict[str, str] = {}

    def post_all() -> None:
        with httpx.Client(base_url=service.client.base_url, timeout=60, trust_env=False) as client:
            for number, name in enumerate(names):
                fits[posted(service, [client], KINDS[name], f"key {number}")] = name
                # They come as long as the torments do.
                time.sleep(0.8 * SECONDS / FITS)

    with ThreadPoolExecutor(1) as pool:
        poster = pool.submit(post_all)
        torments = torment(service, SECONDS, SEED)
        poster.result()
    ended = Counter(service.ended(fit_id)["status"] for fit_id in fits)
    print(f"{FITS} fits in {SECONDS:g} s, {dict(ended)}; {dict(torments)}")  # noqa: T201 - the counts are the result

    assert len(fits) == FITS
    for fit_id, name in fits.items():
        assert outcome(service, fit_id) == undisturbed[name], name
    listed = service.client.get("/fit", params={"limit": 100}).json()
    total = len(listed["data"])
    while listed["has_more"]:
        listed = service.client.get("/fit", params={"limit": 100, "after": listed["last_id"]}).json()
        total += len(listed["data"])
    assert total == FITS + len(undisturbed)
