"""What a stranger writes with the client that openapi-python-client makes: post, wait, list, read."""

import json
import sys
from io import BytesIO

from fits import AuthenticatedClient
from fits.api.fits import create_fit, get_fit, get_history, list_fits, predict_fit
from fits.models import (
    CreateFitFilesBody,
    CreateFitFilesBodyFit,
    DataTarget,
    Fit,
    FitPage,
    FitRequest,
    History,
    LossName,
    NamedModel,
    ParametersByName,
    Prediction,
    PredictionRequest,
    Problem,
    Status,
)
from fits.types import File


def ended(body: FitRequest | CreateFitFilesBody) -> Fit:
    fit = create_fit.sync(client=client, body=body, prefer="wait=60")
    assert isinstance(fit, Fit), fit
    return fit


def of(fit: Fit) -> dict[str, float]:
    assert fit.result is not None
    return fit.result.coefficients.additional_properties


# A service without keys looks at no token.
client = AuthenticatedClient(base_url=sys.argv[1], token="none", raise_on_unexpected_status=True)

tutorial = ended(FitRequest())
read = get_fit.sync(tutorial.id, client=client)
assert isinstance(read, Fit)
history = get_history.sync(tutorial.id, client=client, max_points=10)
assert isinstance(history, History)

measured = DataTarget(x=[0.0, 1.0, 2.0, 3.0, 4.0], y=[0.9, 3.1, 5.0, 7.2, 8.9])
start = ParametersByName.from_dict({"intercept": 0, "slope": {"start": 1}})
line = ended(FitRequest(target=measured, model="intercept + slope * x", parameters=start))
assert isinstance(line.target, DataTarget)
assert line.result is not None
assert line.result.statistics is not None
prediction = predict_fit.sync(line.id, client=client, body=PredictionRequest(x=[10.0]))
assert isinstance(prediction, Prediction)

by_name = ended(FitRequest(target=measured, model=NamedModel(name="linear"), loss=LossName.HUBER))

fit = CreateFitFilesBodyFit.from_dict({"target": {"x": "dose", "y": "response"}, "model": "linear"})
file = File(payload=BytesIO(b"dose,response\n0,1\n1,3\n2,5\n"), file_name="plate.csv", mime_type="text/csv")
uploaded = ended(CreateFitFilesBody(fit=fit, data=file))

page = list_fits.sync(client=client, status=[Status.SUCCEEDED], limit=4)
assert isinstance(page, FitPage)

refused = create_fit.sync(client=client, body=FitRequest(model="a +"))
assert isinstance(refused, Problem)

print(
    json.dumps(
        {
            "tutorial": [read.status.value, of(read)],
            "losses": [point.loss for point in history.data],
            "data": [line.target.y, of(line)],
            "stderr": line.result.statistics.stderr.additional_properties,
            "predicted": prediction.values,
            "model": [by_name.loss.name, of(by_name)],
            "uploaded": of(uploaded),
            "listed": [listed.id for listed in page.data] == [uploaded.id, by_name.id, line.id, tutorial.id],
            "refused": [refused.type_, [field.pointer for field in refused.errors or []]],
        }
    )
)
