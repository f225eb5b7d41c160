"""The card of the perturbation method."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.perturbation.compute import PerturbationParams, PerturbationResult, compute_perturbation
from evallib.methods.perturbation.figures import PerturbationView, look_at_perturbation, perturbation_displays
from evallib.methods.perturbation.findings import CODES, find_fragility

METHOD = Method(
    key="perturbation",
    section="stress",
    title="Perturbation",
    icon=":material/vibration:",
    question="How much noise, how many gaps and mix-ups does the model bear before it breaks?",
    help=Path(__file__).with_name("help.md").read_text(encoding="utf-8"),
    codes=CODES,
    params=PerturbationParams,
    result=PerturbationResult,
    compute=compute_perturbation,
    findings=find_fragility,
    displays=perturbation_displays,
    view=PerturbationView,
    look=look_at_perturbation,
    needs="models",
    long="It asks every model again about changed rows",
)
