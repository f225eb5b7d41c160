"""A set of slices under a name: entries as `SlicesParams.rules` has them, in a file of their own to use again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from evallib.core.errors import BadInput
from evallib.core.named_rules import Entry, NamedRule, named_rules
from evallib.core.rule_grammar import LENGTH
from evallib.methods import METHODS
from evallib.plan import EvaluationPlan, sentence
from evallib.yaml_files import read_yaml, yaml_text

HEADER = "# Own slices. Use them with: python -m evallib run evaluation.yaml --slices FILE --out DIR\n"
LONGEST_NAME = 80


class SliceSet(BaseModel):
    """A name, and up to 100 entries such as `Customers / Young: age < 30`, each of one line, under different names.

    Whether the columns of a rule exist shows where it is used. Raises `BadInput` for what cannot be kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    name: str
    slices: tuple[Entry, ...] = ()

    @field_validator("name")
    @classmethod
    def _readable_name(cls, name: str) -> str:
        name = " ".join(name.split())
        if not name:
            raise BadInput("The set has no name; give it one.")
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise BadInput(f"The name of a set has at most {LONGEST_NAME} characters, all of which can be seen.")
        return name

    @field_validator("slices")
    @classmethod
    def _readable_slices(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        found = named_rules(entries)
        for one in found:
            _check(one)
        return tuple(map(str, found))

    def with_slice(self, added: NamedRule) -> Self:
        """The set with one more slice. Raises `BadInput` where its name is taken, or the set is full."""
        return self.holding([*self.slices, str(added)])

    def holding(self, entries: Iterable[str]) -> Self:
        """Other slices under the same name."""
        return type(self)(name=self.name, slices=tuple(entries))

    def renamed(self, name: str) -> Self:
        """The same slices under another name."""
        return type(self)(name=name, slices=self.slices)

    def text(self) -> str:
        """The set as a YAML file to take along."""
        return HEADER + yaml_text({"version": self.version, "name": self.name, "slices": list(self.slices)})


def read_slice_set(path: Path | str, name: str | None = None) -> SliceSet:
    """The set in a YAML file, as `SliceSet.text` writes it; `name` is what the user calls the file.

    Raises `BadInput` with one sentence that names the file and what is wrong with it.
    """
    path = Path(path)
    name = name or path.name
    raw = read_yaml(path, name)
    if not isinstance(raw, dict):
        raise BadInput(f"{name} must hold the keys name and slices; save a set in the app for an example.")
    try:
        return SliceSet.model_validate(raw)
    except ValidationError as error:
        raise BadInput(f"{name}: {sentence(error, SliceSet)}") from error
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error


def with_slices(plan: EvaluationPlan, added: SliceSet) -> EvaluationPlan:
    """The plan whose method slices also has the slices of the set; other methods stay as they are.

    Raises `BadInput` where the plan has other slices of the same names.
    """
    methods = plan.methods
    if methods is None:
        methods = {key: {} for key, method in METHODS.items() if not method.long}
    asked = methods.get("slices", {})
    rules = [str(one) for one in named_rules([*asked.get("rules", ()), *added.slices])]
    return plan.model_copy(update={"methods": methods | {"slices": asked | {"rules": rules}}})


def _check(one: NamedRule) -> None:
    if not one.rule:
        raise BadInput(f"The slice “{one.label}” has no rule; write one such as age > 30 after the colon.")
    if len(one.rule) > LENGTH:
        raise BadInput(f"The rule of a slice has {len(one.rule):,} characters; at most {LENGTH:,} are read.")
    if len(one.rule.splitlines()) > 1:
        raise BadInput("The rule of a slice has more than one line; write it on one.")
