"""The knobs of a method, declared once: the check, the form, the YAML schema and the command line follow from them."""

from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """Base of every method's parameters: frozen, and strict about names.

    A field declares title, description (the help text), range and default. `json_schema_extra={"widget": "column"}`
    on a `str | None` field asks the form for a choice among the columns of the data, "model" for one among the models,
    "class" for one among the classes, "folder" for one among those of own slices, "rule" for a rule over columns.
    "pinned" on a `tuple[str, ...]` shows what was chosen in a table, to take single ones away.
    `json_schema_extra={"tasks": [...]}` shows the knob for these tasks alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class View(Params):
    """Base of the knobs that only choose what is drawn from a result; moving one computes no statistic."""
