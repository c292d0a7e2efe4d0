"""The giving up of a part that kills one worker after another: its curves fail, and the others of its fit go on."""

import logging

from sqlalchemy import Engine

from app.jobs.data.columns import StoredData
from app.jobs.store.attempt import PartAttempt
from app.jobs.store.attempts import report_chunk
from app.jobs.store.part_work import work_of_part
from app.jobs.worker.many_curves import give_up

logger = logging.getLogger(__name__)


def give_up_part(engine: Engine, attempt: PartAttempt) -> None:
    """Let the curves of a part fail that have not ended, with reason `worker_lost`."""
    work = work_of_part(engine, attempt)
    if work is None or not isinstance(work.fit.target, StoredData):
        return
    logger.warning("part %d of %s has killed one worker after another: its curves fail", attempt.part, attempt.fit_id)
    for report in give_up(work, work.fit.target):
        report_chunk(engine, attempt, work.fit_number, report)
