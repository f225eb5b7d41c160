"""Families of models, fitted once, and workers that are kept waiting so that no test waits for one."""

import joblib
import pytest
from model_files import make_families

from evallib.models import drop_workers, open_model, prepare_workers


@pytest.fixture(scope="session", autouse=True)
def _threads_alone():
    """Models with n_jobs=2 start no processes in the tests."""
    with joblib.parallel_config(backend="threading"):
        yield


@pytest.fixture(scope="session")
def families(_threads_alone):
    return make_families()


@pytest.fixture(scope="session", autouse=True)
def _no_worker_left():
    yield
    drop_workers()


@pytest.fixture
def opened(request):
    """A function that opens a model until the test ends; while it runs, the worker of the next test starts."""

    def open_it(path, name="M", limits=None):
        model = open_model(path, name, limits)
        request.addfinalizer(model.close)
        prepare_workers(1)
        return model

    return open_it
