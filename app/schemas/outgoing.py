"""The base of every part of an answer."""

from pydantic import BaseModel, ConfigDict


class Outgoing(BaseModel):
    """A part of an answer: plain data, which need not be validated again."""

    model_config = ConfigDict(frozen=True)
