"""What the user says about a data set: which file, what each column is for, and whose answers are judged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from evallib.core.evaluation_set import Role, Task, class_name
from evallib.data.endpoint import ClassNames, Endpoint


def _as_names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_class_name(value: object) -> object:
    return None if value is None else class_name(value)


Names = Annotated[tuple[str, ...], BeforeValidator(_as_names)]
"""Column names; one alone may be written without a list."""


ClassName = Annotated[str | None, BeforeValidator(_as_class_name)]
"""The name of a class; a YAML number or truth value is named as the data names it."""


class DataSource(BaseModel):
    """A data file and what its columns are for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(title="Data file", description="The labelled rows to judge on, best unseen in training.")
    target: str = Field(title="Target", description="The column that holds the truth.")
    task: Task | None = Field(None, title="Task", description="Guessed from the target where it is left out.")
    positive: ClassName = Field(
        None, title="Positive class", description="The class that counts as the event, such as fraud."
    )
    weight: str | None = Field(None, title="Weight", description="How much each row counts; not negative.")
    time: str | None = Field(None, title="Time", description="When the row happened.")
    id: str | None = Field(None, title="ID", description="Names the row; never a feature.")
    group: str | None = Field(None, title="Group", description="Rows that belong together, such as one customer's.")
    sensitive: Names = Field((), title="Sensitive columns", description="Sex, age, origin and the like.")
    exclude: Names = Field(
        (), title="No features", description="Columns that models must not see, such as what is known later."
    )
    training: Path | None = Field(
        None, title="Training file", description="The rows that the models were trained on, where at hand."
    )


class System(BaseModel):
    """Somebody or something whose answers are judged: a model file, columns of the data, or an endpoint.

    A label column holds class names (or the values of a regression), a probability column that of the positive class;
    several probability columns are those of the classes, matched by name, else in the order of the classes.
    What the classes of a model are to the data is in `classes`, in the model's order; without it the codes 0, 1, … of
    a model stand for the sorted classes of the data, as LabelEncoder numbers them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, title="Name")
    role: Role = Field(Role.CANDIDATE, title="Role")
    model: Path | None = Field(None, title="Model file")
    label: str | None = Field(None, title="Column of labels")
    probability: Names | None = Field(None, title="Columns of probabilities", min_length=1)
    endpoint: Endpoint | None = Field(None, title="Endpoint")
    classes: ClassNames = Field((), title="Classes", description="What the model's classes are, in its own order.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = (self.model, self.label, self.probability, self.endpoint)
        if sum(source is not None for source in sources) != 1:
            raise ValueError(f"{self.name} needs exactly one of model, label, probability and endpoint.")
        return self

    @model_validator(mode="after")
    def _classes_of_a_model(self) -> Self:
        if self.classes and self.model is None:
            raise ValueError(
                f"{self.name} is no model file, so it has no classes to name; an endpoint names its own in endpoint."
            )
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(f"The classes of {self.name} name one class twice; name every class once.")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the data that hold its answers; none for a model file or an endpoint."""
        return (self.label,) if self.label is not None else self.probability or ()
