"""What a model calls its classes, matched to what the data call theirs; the labels of the rows are never looked at.

A model that was trained on codes knows 0 to k - 1 alone. What they stand for is said by the user, or it is the one
convention there is: sklearn.preprocessing.LabelEncoder numbers the sorted values, numbers by size and texts by letters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evallib.core.errors import BadInput
from evallib.core.spelling import meant
from evallib.models.card import one_line
from evallib.models.formats.loaded import codes
from evallib.models.wording import MOST_NAMED, NAMED, listed

if TYPE_CHECKING:
    from evallib.models.card import ModelCard

ANOTHER = 'its setting "classes" can name another'

SAME_CLASS = {"0": "False", "1": "True", "False": "0", "True": "1"}


@dataclass(frozen=True)
class ClassNames:
    """The names that the data have for a model's classes.

    in_order: those of all its classes, in the model's order; empty where it does not tell.
    renamed: those of the classes that the model calls otherwise.
    told: a sentence for each thing about them that a reader should know.
    """

    in_order: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def match_classes(card: ModelCard, classes: tuple[str, ...], said: Sequence[str] = ()) -> ClassNames:
    """The names of the model's classes in data with these classes.

    said: what the user calls the model's classes, in the model's order.
    Raises `BadInput` where `said` names too few, too many or unknown classes, where the model has codes for more or
    fewer classes than there are, and where the two have no class in common.
    """
    named = _as_said(card, classes, said) if said else _by_themselves(card, classes)
    unseen = [name for name in classes if name not in named.in_order] if named.in_order else []
    extra = [name for name in named.in_order if name not in classes]
    if extra and len(extra) == len(named.in_order):
        raise BadInput(
            f"{card.name} answers {listed(card.classes)}, and the target holds {listed(classes)}: they have no class in"
            " common; write the target as the model was trained on it, or list the target's names for them in its"
            ' setting "classes".'
        )
    told = [*named.told]
    if unseen:
        told.append(
            f"{card.name} does not know the {_classes(unseen)} of the data: it gives"
            f" {'it' if len(unseen) == 1 else 'them'} probability 0 and is wrong on all of those rows."
        )
    if extra:
        told.append(f"{card.name} also knows the {_classes(extra)}, of which the data have no row.")
    return ClassNames(named.in_order, named.renamed, tuple(told))


def stand_for_names(known: Sequence[str], classes: Collection[str], *, coded: bool) -> bool:
    """Whether a model's classes are the codes 0 to k - 1 of names: none of them is a class of the data.

    coded: True for a booster's, which are never names; they stand for others unless the data have no class but them.
    """
    if not known or tuple(known) != codes(len(known)) or _same_classes(known, classes):
        return False
    return set(known).isdisjoint(classes) or (coded and not set(classes) <= set(known))


def encoder_order(classes: Collection[str]) -> tuple[str, ...]:
    """The classes in the order in which LabelEncoder numbers them."""
    try:
        return tuple(sorted(classes, key=float))
    except ValueError:
        return tuple(sorted(classes))


def paired(theirs: Sequence[str], ours: Sequence[str]) -> str:
    """What a model's classes are to the data, such as 0 = no, 1 = yes."""
    pairs = [
        f"{one_line(code, NAMED)} = {one_line(name, NAMED)}"
        for code, name in zip(theirs[:MOST_NAMED], ours, strict=False)
    ]
    more = len(theirs) - len(pairs)
    return ", ".join(pairs) + (f" and {more:,} more" if more else "")


def _as_said(card: ModelCard, classes: tuple[str, ...], said: Sequence[str]) -> ClassNames:
    found = [meant(name, classes) for name in said]
    names = tuple(one[0] if len(one) == 1 else name for one, name in zip(found, said, strict=True))
    theirs = card.classes or codes(len(names))
    unknown = next((name for name in names if name not in classes), None)
    if len(names) != len(theirs):
        raise BadInput(
            f'{card.name} knows {len(theirs):,} classes, {listed(theirs)}, and its setting "classes" names'
            f" {len(names):,}, {listed(names)}; name as many, in the model's order."
        )
    if unknown is not None and not set(classes) <= set(names):
        raise BadInput(
            f'The setting "classes" of {card.name} names "{one_line(unknown, NAMED)}", which is no class of the target'
            f" ({listed(classes)}); write the classes as the target has them."
        )
    told = (f'{card.name} answers {paired(theirs, names)}, as its setting "classes" says.',)
    return ClassNames(names, dict(zip(theirs, names, strict=True)), () if theirs == names else told)


def _by_themselves(card: ModelCard, classes: tuple[str, ...]) -> ClassNames:
    if not card.classes:
        return _unnamed(card, classes)
    renamed = _same_classes(card.classes, classes)
    told = tuple(f'{card.name} answers "{theirs}", which was taken for "{ours}".' for theirs, ours in renamed.items())
    if stand_for_names(card.classes, classes, coded=card.coded):
        renamed, told = _by_encoder(card, classes)
    return ClassNames(tuple(renamed.get(name, name) for name in card.classes), renamed, told)


def _unnamed(card: ModelCard, classes: tuple[str, ...]) -> ClassNames:
    order = f"its probabilities were taken in the order {listed(classes)} ({ANOTHER})"
    return ClassNames(classes, told=(f"{card.name} does not name its classes; {order}.",))


def _same_classes(known: Collection[str], classes: Collection[str]) -> dict[str, str]:
    """The names of True and False in the data where they are 1 and 0 to the model, or the other way round."""
    if not set(known).isdisjoint(classes):
        return {}
    return {theirs: ours for theirs, ours in SAME_CLASS.items() if theirs in known and ours in classes}


def _by_encoder(card: ModelCard, classes: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    if len(classes) != len(card.classes):
        raise BadInput(
            f"{card.name} knows its {len(card.classes):,} classes by the codes {listed(card.classes)} alone, and the"
            f" target holds {len(classes):,}, {listed(classes)}; list what each code stands for in its setting"
            ' "classes".'
        )
    names = encoder_order(classes)
    return dict(zip(card.classes, names, strict=True)), (
        f"{card.name} knows its classes by their codes alone; they were taken for {paired(card.classes, names)}: the"
        f" order in which LabelEncoder puts them ({ANOTHER}).",
    )


def _classes(names: Collection[str]) -> str:
    return f"class{'' if len(names) == 1 else 'es'} {listed(names)}"
