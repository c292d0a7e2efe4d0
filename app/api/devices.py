"""The devices of the workers over HTTP."""

from dataclasses import asdict

from fastapi import APIRouter

from app.api.problem_details import declared
from app.api.services import Provided
from app.schemas.problem_kinds import INTERNAL_ERROR
from app.schemas.response import Device, DeviceList

router = APIRouter(tags=["service"])


@router.get("/devices", summary="List devices", response_description="The devices.", responses=declared(INTERNAL_ERROR))
def list_devices(services: Provided) -> DeviceList:
    """List where fits can be trained: what may stand in the field `device` of a fit."""
    return DeviceList(data=[Device(**asdict(device)) for device in services.cluster.devices])
