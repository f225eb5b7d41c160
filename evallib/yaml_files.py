"""The YAML files that people bring and take along: read strictly, as plain data, and written for people to read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import yaml

from evallib.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1_000_000
"""Bytes; a file that is written by hand or by us is smaller, and a larger one is something else."""


WIDEST = 100
"""Characters of a line that is written."""


def read_yaml(path: Path, name: str) -> object:
    """The plain data in a file; `name` is what the user calls it.

    Raises `BadInput` with one sentence that names the file and what is wrong with it.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{name} is larger than {LARGEST:,} bytes; that is no file of evallib.")
        return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 - a safe loader, made stricter
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is no text in UTF-8; save it as UTF-8.") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{name} is not valid YAML: {_place(error)}.") from error
    except (ValueError, OverflowError, TypeError, RecursionError) as error:
        raise BadInput(
            f"{name} holds a number, a date, a key or a nesting that cannot be read; write it again by hand."
        ) from error


def yaml_text(content: dict[str, Any]) -> str:
    """The content as a file has it, in its own order; lists of plain values stay on one line where they fit."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDEST)


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    return problem if mark is None else f"line {mark.line + 1}: {problem}"


class _StrictLoader(yaml.SafeLoader):
    """Plain data only, and neither aliases, which can stand for a billion values, nor a key given twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        content = super().construct_mapping(node, deep)
        if len(content) < len(node.value):
            raise yaml.MarkedYAMLError(problem="a key is given twice", problem_mark=node.start_mark)
        return content


class _Dumper(yaml.SafeDumper):
    """Lists of plain values stay on one line where they fit."""


def _short_list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    plain = not any(isinstance(value, dict | list) for value in values)
    short = sum(len(str(value)) + 2 for value in values) <= WIDEST
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain and short)


_Dumper.add_representer(list, _short_list)
