"""The parts of the service that the routes work with, put into the app's state when it starts."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request

from app.api.open_streams import OpenStreams
from app.api.security.calling import Calling, fit_of_link
from app.api.security.key_ring import KeyRing
from app.api.waits import Waits
from app.jobs.calculations.calculations import Calculations
from app.jobs.calculations.spool import Spool
from app.jobs.callers.caller import Reader
from app.jobs.dispatch.cluster import Cluster
from app.jobs.dispatch.dispatcher import Dispatcher
from app.jobs.dispatch.events import Events
from app.jobs.dispatch.watch import Watch
from app.jobs.store.figures import Figures
from app.jobs.store.fits import Store
from app.settings import Settings


@dataclass(frozen=True)
class Services:
    """The parts of the running service."""

    settings: Settings
    store: Store
    """The fits of the caller; of one who comes by a link, the one fit."""
    cluster: Cluster
    dispatcher: Dispatcher
    events: Events
    keys: KeyRing
    calculations: Calculations
    spool: Spool
    waits: Waits
    open_streams: OpenStreams
    watch: Watch
    figures: Figures

    @property
    def devices(self) -> list[str]:
        """Return the names of the devices that there are to train on."""
        return [device.device for device in self.cluster.devices]


async def _services(request: Request, caller: Calling) -> Services:
    services: Services = request.app.state.services
    return replace(services, store=services.store.of(Reader(caller.name, fit_of_link(request))))


Provided = Annotated[Services, Depends(_services)]
