"""The grammar of the rule language: a rule is read with Python's parser and checked against a white list.

Nothing that a user typed is ever executed.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import re
import warnings
from typing import TYPE_CHECKING, NoReturn

from evallib.core.errors import BadInput, BadRule
from evallib.core.rule_functions import FUNCTIONS, NAMES
from evallib.core.rule_values import ARITHMETIC, COMPARISONS, brief

if TYPE_CHECKING:
    from collections.abc import Collection

LENGTH, NODES, DEPTH, CHOICES = 2000, 200, 20, 1000
"""The longest rule in characters, its most parts, its deepest nesting, and the longest list."""

PIECES = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|`((?:``|[^`])+)`|([#\s])""", re.DOTALL)
"""Texts in quotes, columns in back-quotes, comments and white space."""

MEANT = {
    "true": "True",
    "false": "False",
    "null": "missing(column)",
    "none": "missing(column)",
    "nan": "missing(column)",
}

REFUSED: dict[type[ast.AST], str] = {
    ast.BitOr: "write `or` where | stands",
    ast.BitAnd: "write `and` where & stands",
    ast.Invert: "write `not` where ~ stands",
    ast.Is: "write == or missing(column) where `is` stands",
    ast.IsNot: "write != or not missing(column) where `is not` stands",
    ast.NamedExpr: "write == to compare; rules assign nothing",
    ast.Attribute: "a name with a dot is no part of the language; columns with dots go in `back-quotes`",
    ast.JoinedStr: "texts are plain, without a letter before the quote",
    ast.Pow: "** is no part of the language; the signs are + - * /",
}


def column_text(name: str) -> str:
    """The name of a column as a rule writes it: bare where it is a plain word, else in back-quotes."""
    plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    return name if plain and name not in NAMES else "`" + name.replace("`", "``") + "`"


class Source:
    """The text of a rule, and the same text as Python reads it: a word of x in place of every back-quoted column."""

    def __init__(self, text: str) -> None:
        self.text = text.strip().encode(errors="replace").decode()
        self.quoted: dict[int, tuple[int, str]] = {}
        if not self.text:
            raise BadInput("The rule is empty; write one such as age > 30.")
        if len(self.text) > LENGTH:
            raise BadInput(f"The rule has {len(self.text):,} characters; at most {LENGTH:,} are read.")
        self.code = PIECES.sub(self._as_python, self.text)

    def _as_python(self, found: re.Match[str]) -> str:
        if found[3] == "#":
            self.refuse(found.start(), "a rule has no comments")
        if found[2] is None:
            return re.sub(r"\s", " ", found[0])
        self.quoted[found.start()] = found.end(), found[2].replace("``", "`")
        return "x" * len(found[0])

    def tree(self) -> ast.expr:
        """The parsed rule, unchecked."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return ast.parse(self.code, mode="eval").body
        except SyntaxError as error:
            where = error.offset - 1 if error.offset else len(self.text)
            self.refuse(where, "this is not understood; columns that are no plain words go in `back-quotes`")
        except (ValueError, MemoryError, RecursionError):
            raise BadInput(f"The rule {self._shown()} cannot be read; write a shorter and simpler one.") from None

    def place(self, node: ast.expr) -> tuple[int, int]:
        """First and last character of a part; the parser counts bytes."""
        code = self.code.encode()
        start, end = node.col_offset, node.end_col_offset or node.col_offset
        return len(code[:start].decode()), len(code[:end].decode())

    def column(self, node: ast.Name) -> str:
        """The column that a word names, letter by letter as it was written (Python would fold fullwidth letters)."""
        start, end = self.place(node)
        quoted_end, name = self.quoted.get(start, (end, self.text[start:end]))
        if quoted_end != end:
            self.refuse(start, "two names stand side by side")
        return name

    def refuse(self, where: ast.expr | int, why: str) -> NoReturn:
        """Raise `BadRule` with the rule, the place and the reason."""
        start, end = (min(where, len(self.text)), len(self.text)) if isinstance(where, int) else self.place(where)
        part = " ".join(self.text[start : min(end, start + 30)].split())
        at = f"at character {start + 1} ({part})" if part else "at its end"
        sentence = f"The rule {self._shown()} cannot be used, {at}: {why}."
        raise BadRule(sentence, self.text, (start, end), why)

    def _shown(self) -> str:
        line = " ".join(self.text.split())
        return f"“{line if len(line) <= 80 else line[:77] + '…'}”"


class Check:
    """The walk that lets only the language's own parts pass, and collects the columns that they name."""

    def __init__(self, source: Source, columns: Collection[str]) -> None:
        self.source, self.columns = source, columns
        self.named: list[str] = []
        self.parts = 0

    def visit(self, node: ast.expr, depth: int) -> None:
        """Raise `BadInput` where the part, or one below it, is no part of the language."""
        self.parts += 1
        if self.parts > NODES:
            self.source.refuse(node, f"a rule has at most {NODES} parts")
        if depth > DEPTH:
            self.source.refuse(node, f"it is nested more than {DEPTH} levels deep")
        below = getattr(self, f"_{type(node).__name__.lower()}", self._refuse)
        for part in below(node):
            self.visit(part, depth + 1)

    def _boolop(self, node: ast.BoolOp) -> list[ast.expr]:
        return node.values

    def _unaryop(self, node: ast.UnaryOp) -> list[ast.expr]:
        return self._refuse(node) if isinstance(node.op, ast.Invert) else [node.operand]

    def _binop(self, node: ast.BinOp) -> list[ast.expr]:
        return [node.left, node.right] if type(node.op).__name__ in ARITHMETIC else self._refuse(node)

    def _constant(self, node: ast.Constant) -> list[ast.expr]:
        plain = isinstance(node.value, bool | int | float | str) and node.kind is None
        return [] if plain else self._refuse(node)

    def _refuse(self, node: ast.expr) -> NoReturn:
        signs = [REFUSED[type(part)] for part in (node, *ast.iter_child_nodes(node)) if type(part) in REFUSED]
        if isinstance(node, ast.Constant) and node.value is None:
            signs = ["write missing(column) to find rows without a value"]
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            signs = ["a list stands only to the right of `in` or `not in`"]
        self.source.refuse(node, signs[0] if signs else "this is no part of the rule language")

    def _compare(self, node: ast.Compare) -> list[ast.expr]:
        below = [node.left]
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                self._choices(right)
            elif type(op).__name__ in COMPARISONS:
                below.append(right)
            else:
                self._refuse(node)
        if len(below) <= len(node.ops) and len(node.ops) > 1:
            self.source.refuse(node, "`in` cannot be chained with another comparison; put it in brackets")
        return below

    def _choices(self, node: ast.expr) -> None:
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            self.source.refuse(node, "`in` needs a list such as ['a', 'b']; contains(column, 'a') looks inside a text")
        if len(node.elts) > CHOICES:
            self.source.refuse(node, f"a list has at most {CHOICES:,} values")
        for choice in node.elts:
            plain = choice.operand if isinstance(choice, ast.UnaryOp) and isinstance(choice.op, ast.USub) else choice
            if not isinstance(plain, ast.Constant) or not isinstance(plain.value, bool | int | float | str):
                self.source.refuse(choice, "a list holds only texts in quotes, numbers, True and False")

    def _call(self, node: ast.Call) -> list[ast.expr]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in NAMES or self.source.column(node.func) != name:  # type: ignore[arg-type]
            self.source.refuse(node, f"the functions are {', '.join(sorted(NAMES))}")
        fits = len(node.args) == 1 if name == "missing" else FUNCTIONS[name].takes(len(node.args))
        if node.keywords or not fits:
            self.source.refuse(node, f"{name}() is given the wrong number of values")
        return node.args

    def _name(self, node: ast.Name) -> list[ast.expr]:
        name = self.source.column(node)
        if name not in self.columns:
            self.source.refuse(node, self._unknown(name))
        self.named.append(name)
        return []

    def _unknown(self, name: str) -> str:
        if name.lower() in MEANT:
            return f"write {MEANT[name.lower()]}"
        folded = {column.casefold(): column for column in self.columns}
        near = difflib.get_close_matches(name.casefold(), folded, n=3)
        nearest = f"the nearest is {' or '.join(column_text(folded[found]) for found in near)}" if near else ""
        return f"there is no column {brief(name)}; {nearest or 'texts go in quotes'}"
