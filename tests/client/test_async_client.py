"""The client for asyncio has the same names, and does the same."""

import asyncio
import inspect

import pytest
from fit_service_client import AsyncClient, AsyncFit, Client, Fit

from tests.helpers.measured import FORMULA, TRUTH, X, Y
from tests.helpers.running_service import ENDLESS


@pytest.mark.parametrize(("blocking", "asynchronous"), [(Client, AsyncClient), (Fit, AsyncFit)])
def test_both_clients_have_the_same_methods_with_the_same_arguments(blocking: type, asynchronous: type) -> None:
    names = {name for name in vars(blocking) if not name.startswith("_")} - {"transport", "close"}
    assert names == {name for name in vars(asynchronous) if not name.startswith("_")} - {"transport", "aclose"}
    for name in names:
        ours, theirs = getattr(blocking, name), getattr(asynchronous, name)
        assert inspect.signature(ours) == inspect.signature(theirs)
        assert inspect.iscoroutinefunction(theirs) or inspect.isasyncgenfunction(theirs)
        assert ours.__doc__ == theirs.__doc__


def test_fits_are_posted_awaited_and_listed(url: str) -> None:
    async def use() -> None:
        async with AsyncClient(url) as client:
            fits = await asyncio.gather(*(client.fit(X, Y, FORMULA, metadata={"async": url}) for _ in range(5)))
            assert all(fit.coefficients == pytest.approx(TRUTH, rel=0.05) for fit in fits)
            assert {fit.id async for fit in client.fits(metadata={"async": url})} == {fit.id for fit in fits}
            predicted = await fits[0].predict([0])
            assert predicted.values == pytest.approx([3], rel=0.03)

    asyncio.run(use())


def test_a_task_that_is_cancelled_cancels_its_fit(url: str) -> None:
    async def use() -> None:
        async with AsyncClient(url) as client:
            label = {"task": "cancelled"}
            task = asyncio.create_task(client.fit(**ENDLESS, metadata=label))
            while not [fit async for fit in client.fits(metadata=label, status="running")]:
                await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            (fit,) = [fit async for fit in client.fits(metadata=label)]
            assert (await fit.wait()).status == "cancelled"

    asyncio.run(use())
