"""What container engines and load balancers ask."""

import httpx


def test_the_service_says_that_it_lives_and_is_ready(client: httpx.Client) -> None:
    assert client.get("/livez").json()["status"] == "ok"
    ready = client.get("/readyz").json()
    assert ready == {"status": "ok", "checks": {"store": "ok", "cluster": "ok", "dispatcher": "ok"}}
