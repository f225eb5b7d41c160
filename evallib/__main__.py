"""The command line: `python -m evallib run` evaluates, `python -m evallib methods` says what there is to compute."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from evallib.core.errors import BadInput, Cancelled, EvallibError

if TYPE_CHECKING:
    from evallib.core.progress import Progress
    from evallib.plan import EvaluationPlan
    from evallib.runs import Run

BAD_INPUT = 2

UsageError = cast("type[Exception]", typer.BadParameter.__base__)
"""What Typer raises for a wrong flag; it brings its own copy of Click along, so the class is taken from there."""

WHAT, COLUMNS, MORE = "What is judged, instead of an evaluation.yaml", "What the columns are for", "Details"
"""The headings of the options in --help."""

STYLES = {"issue": "bold red", "tip": "cyan", "passed": "green", "not applicable": "dim", "skipped": "yellow"}


class Interrupted(Cancelled):
    """The user, or the system, asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__("Interrupted.")
        self.signal = number


app = typer.Typer(
    add_completion=False, rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]}
)


@app.callback(invoke_without_command=True)
def show_help(context: typer.Context) -> None:
    """Judge machine-learning models before they ship: baselines, calibration, thresholds, perturbation, slices.

    In a notebook: `import evallib; evallib.evaluate(...)`. In the browser: `make run`.
    """
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help())


@app.command("methods")
def list_methods() -> None:
    """List the evaluation methods: the key for --method, and the question that each one answers."""
    from evallib.methods import METHODS  # noqa: PLC0415 - --help must not wait for numpy

    table = Table("key", "question", "needs", box=None)
    for key, method in METHODS.items():
        table.add_row(key, method.question, method.needs)
    Console().print(table)


@app.command("run")
def run_evaluation(  # noqa: PLR0913, PLR0917 - one argument per flag of the command line
    out: Annotated[Path, typer.Option(help="Folder for the results; an older run in it is replaced.")],
    plan: Annotated[
        Path | None, typer.Argument(metavar="evaluation.yaml", help="The evaluation; or describe it with flags.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(rich_help_panel=WHAT, help="Labelled rows: CSV, TSV, JSON Lines, Parquet, Arrow or Excel."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="Holds the truth.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(rich_help_panel=MORE, help="binary, multiclass or regression; guessed if left out.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option(rich_help_panel=COLUMNS, metavar="CLASS", help="Class that counts as the event.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(rich_help_panel=WHAT, metavar="NAME=FILE", help="Model file to judge.")
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(rich_help_panel=WHAT, metavar="NAME=COLUMN", help="Labels or values that a system gave."),
    ] = None,
    probability: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=WHAT,
            metavar="NAME=COLUMN[,COLUMN…]",
            help="Probabilities that a system gave, one column per class.",
        ),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=WHAT,
            metavar="NAME=ROLE",
            help="candidate (default), incumbent, human, existing or baseline.",
        ),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=MORE,
            metavar="NAME=CLASS,CLASS…",
            help="What the codes 0, 1, … of a model stand for; else sorted, as LabelEncoder numbers them.",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(rich_help_panel=WHAT, metavar="KEY", help="Method to compute; every quick one if left out."),
    ] = None,
    set: Annotated[  # noqa: A002 - it is the flag's name
        list[str] | None,
        typer.Option(
            rich_help_panel=WHAT,
            metavar="METHOD.NAME=VALUE",
            help="Setting of a method, which is then computed; finder.metric=log_loss, for one.",
        ),
    ] = None,
    weight: Annotated[str | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="Row weights.")] = None,
    time: Annotated[
        str | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="When a row happened.")
    ] = None,
    id: Annotated[  # noqa: A002 - it is the flag's name
        str | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="Names a row; no feature.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="Rows that belong together.")
    ] = None,
    sensitive: Annotated[
        list[str] | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="Sex, age, origin, ….")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(rich_help_panel=COLUMNS, metavar="COLUMN", help="What no model may see.")
    ] = None,
    training: Annotated[
        Path | None, typer.Option(rich_help_panel=MORE, help="The rows that the models were trained on.")
    ] = None,
    where: Annotated[
        str | None, typer.Option(rich_help_panel=MORE, metavar="RULE", help='Only rows such as "age < 30".')
    ] = None,
    slices: Annotated[
        Path | None, typer.Option(rich_help_panel=MORE, metavar="FILE", help="Own slices: a set saved in the app.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(rich_help_panel=MORE, help="Seed of everything that is drawn at random.")
    ] = None,
    name: Annotated[str | None, typer.Option(rich_help_panel=MORE, help="Name of the evaluation.")] = None,
) -> None:
    """Evaluate models on labelled rows.

    Writes run.json, evaluation.yaml and tables/ to --out and exits with 0; or exits with 2, one line on stderr and
    nothing written where the input is bad.
    """
    flags = {key: value for key, value in locals().items() if key not in {"plan", "out"} and value}
    from evallib.output_folder import replacing  # noqa: PLC0415 - --help need not wait for the engine
    from evallib.run import evaluate  # noqa: PLC0415
    from evallib.runs import Run  # noqa: PLC0415

    asked = _asked(plan, flags)
    with replacing(out) as folder, _progress_bar() as bar, _interruptible(bar) as progress:
        evaluate(asked, folder, progress)
    _summarise(Run.open(out), out)


def _asked(path: Path | None, flags: dict[str, Any]) -> EvaluationPlan:
    from evallib.flags import methods_of_flags, plan_of_flags  # noqa: PLC0415
    from evallib.plan import plan_content, plan_from, read_plan  # noqa: PLC0415
    from evallib.slice_set import read_slice_set, with_slices  # noqa: PLC0415

    if "slices" in flags:
        added = read_slice_set(flags.pop("slices"))
        return with_slices(_asked(path, flags), added)
    if path is None:
        return plan_from(plan_of_flags(flags), Path.cwd(), "the command line")
    described = [key for key in flags if key not in {"method", "set"}]
    if described:
        raise BadInput(
            f"Give either {path.name} or --{described[0]}, not both; --out, --method, --set and --slices go with both."
        )
    plan, methods = read_plan(path), methods_of_flags(flags)
    if not methods:
        return plan
    kept = {key: (plan.methods or {}).get(key, {}) | settings for key, settings in methods.items()}
    return plan_from(plan_content(plan) | {"methods": kept}, Path.cwd(), "the command line")


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr where that is a terminal, else nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with ProgressBar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Starting", total=1.0)

        def report(done: float, total: float, text: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(text))

        yield report


@contextmanager
def _interruptible(progress: Progress) -> Iterator[Progress]:
    """The progress, raising `Interrupted` once Ctrl-C or a request to end has come; a second one ends at once.

    An exception out of a signal handler could strike anywhere, and leave threads and workers behind half started.
    """
    received: list[int] = []

    def note(number: int, _frame: object) -> None:
        received.append(number)
        signal.signal(number, signal.SIG_DFL)

    def report(done: float, total: float, text: str) -> None:
        if received:
            raise Interrupted(received[0])
        progress(done, total, text)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    try:
        yield report
    except EvallibError as error:
        # A reader that the signal broke off takes the file for damaged.
        raise (Interrupted(received[0]) if received else error) from None


def _summarise(run: Run, out: Path) -> None:
    from evallib.data import plain  # noqa: PLC0415

    console = Console()
    table = Table("", "finding", "method", title=None, box=None, padding=(0, 1))
    found = run.findings()[["severity", "outcome", "sentence", "method"]]
    for severity, outcome, sentence, method in found.to_numpy().tolist():
        table.add_row(Text(f"{severity} {outcome}".strip(), STYLES[outcome]), Text(plain(sentence, 1_000)), method)
    console.print(table)
    rows = run.details.rows
    console.print(
        Text(f"{run.name}: {rows:,} rows, {', '.join(run.models) or 'no system'}. Written to {out}"), style="dim"
    )


def main() -> None:
    """Run the command line; bad input ends it with one line on stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    try:
        sys.exit(app(standalone_mode=False))
    except Interrupted as error:
        sys.stderr.write("Interrupted; nothing was written.\n")
        sys.exit(128 + error.signal)
    except (EvallibError, UsageError) as error:
        sentence = str(error) if isinstance(error, EvallibError) else error.format_message()  # type: ignore[attr-defined]
        sys.stderr.write(f"Error: {' '.join(sentence.split())}\n")
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
