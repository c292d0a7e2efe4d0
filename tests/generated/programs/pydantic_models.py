"""What a stranger writes with the models that datamodel-code-generator makes: post, wait, list, read."""

import json
import sys

import httpx
from models import DataTarget, Fit, FitPage, FitRequest, History, Parameter, ParametersByName, Problem

client = httpx.Client(base_url=sys.argv[1], timeout=90, trust_env=False)


def ended(request: FitRequest) -> Fit:
    body = request.model_dump_json(exclude_unset=True)
    headers = {"Content-Type": "application/json", "Prefer": "wait=60"}
    answer = client.post("/fit", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return Fit.model_validate_json(answer.content)


def of(fit: Fit) -> dict[str, float]:
    assert fit.result is not None
    return fit.result.coefficients


tutorial = ended(FitRequest())
read = Fit.model_validate_json(client.get(f"/fit/{tutorial.id}").content)
history = History.model_validate_json(client.get(f"/fit/{tutorial.id}/history?max_points=10").content)

measured = DataTarget(x=[0, 1, 2, 3, 4], y=[0.9, 3.1, 5.0, 7.2, 8.9])
start = ParametersByName({"intercept": 0, "slope": Parameter(start=1)})
line = ended(FitRequest(target=measured, model="intercept + slope * x", parameters=start))
assert isinstance(line.target, DataTarget)

page = FitPage.model_validate_json(client.get("/fit", params={"status": "succeeded", "limit": 2}).content)
refused = Problem.model_validate_json(client.post("/fit", json={"model": "a +"}).content)

print(
    json.dumps(
        {
            "tutorial": [read.status.value, of(read)],
            "losses": [point.loss for point in history.data],
            "data": [line.target.y, of(line)],
            "listed": [listed.id for listed in page.data] == [line.id, tutorial.id],
            "refused": [refused.type, [field.pointer for field in refused.errors or []]],
        }
    )
)
