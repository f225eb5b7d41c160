"""Models from skops files: only types that skops trusts or that were reviewed here are built."""

from __future__ import annotations

import encodings.cp437  # noqa: F401  (zipfile decodes the names of files with it)
from typing import BinaryIO

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from evallib.models.formats.estimator import VersionsNoted
from evallib.models.formats.extras import about_missing
from evallib.models.formats.loaded import LoadedModel, Refused
from evallib.models.formats.objects import loaded_model

REVIEWED = tuple(
    f"{module}.{name}"
    for module, names in {
        # Their node indices are not checked against the arrays: a forged file can crash the worker, and no more.
        "sklearn.tree._tree": "Tree",
        "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
        "sklearn.neighbors._kd_tree": "KDTree",
        "sklearn.neighbors._ball_tree": "BallTree",
        # Parts of fitted estimators that hold numbers and other parts, and do nothing when built.
        "sklearn._loss.loss": "HalfTweedieLoss HalfTweedieLossIdentity",
        "sklearn.calibration": "_CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
        "sklearn.gaussian_process._gpc": "_BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels": (
            "ConstantKernel DotProduct Exponentiation ExpSineSquared Matern Product RationalQuadratic RBF Sum"
            " WhiteKernel"
        ),
        "sklearn.impute._iterative": "_ImputerTriplet",
        "sklearn.metrics._dist_metrics": (
            "ChebyshevDistance64 EuclideanDistance64 HammingDistance64 ManhattanDistance64 MinkowskiDistance64"
        ),
        "sklearn.metrics._scorer": "_CurveScorer _PassthroughScorer _Scorer",
        "sklearn.model_selection._split": "KFold RepeatedKFold RepeatedStratifiedKFold StratifiedKFold TimeSeriesSplit",
        "sklearn.multiclass": "_ConstantPredictor",
        "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
        "sklearn.compose._column_transformer": "make_column_selector",
        "sklearn.utils._bunch": "Bunch",
        "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
        "scipy.interpolate._bsplines": "BSpline",
        "scipy.sparse._csr": "csr_matrix",
        "numpy": "dtype number",
        # Gradient boosters, which read themselves from bytes in the file.
        "xgboost.core": "Booster",
        "xgboost.sklearn": "XGBClassifier XGBRegressor XGBRFClassifier XGBRFRegressor",
        "lightgbm.basic": "Booster",
        "lightgbm.sklearn": "LGBMClassifier LGBMRegressor",
        "catboost.core": "CatBoost CatBoostClassifier CatBoostRegressor",
        "collections": "OrderedDict",
        # Those that choose or make rows for the training, and ensembles that do.
        "imblearn.pipeline": "Pipeline",
        "imblearn.combine._smote_enn": "SMOTEENN",
        "imblearn.combine._smote_tomek": "SMOTETomek",
        "imblearn.ensemble._bagging": "BalancedBaggingClassifier",
        "imblearn.ensemble._easy_ensemble": "EasyEnsembleClassifier",
        "imblearn.ensemble._forest": "BalancedRandomForestClassifier",
        "imblearn.ensemble._weight_boosting": "RUSBoostClassifier",
        "imblearn.over_sampling._adasyn": "ADASYN",
        "imblearn.over_sampling._random_over_sampler": "RandomOverSampler",
        "imblearn.over_sampling._smote.base": "SMOTE SMOTEN SMOTENC",
        "imblearn.over_sampling._smote.filter": "BorderlineSMOTE SVMSMOTE",
        "imblearn.under_sampling._prototype_selection._edited_nearest_neighbours": "EditedNearestNeighbours",
        "imblearn.under_sampling._prototype_selection._nearmiss": "NearMiss",
        "imblearn.under_sampling._prototype_selection._random_under_sampler": "RandomUnderSampler",
        "imblearn.under_sampling._prototype_selection._tomek_links": "TomekLinks",
        # Functions of arrays alone; a partial is built only of functions that are trusted themselves.
        "functools": "partial",
        "scipy._lib.array_api_compat.numpy._aliases": "asarray",
        "sklearn.utils.validation": "check_array",
        "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_regression r_regression",
        "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
        "sklearn.metrics._classification": "accuracy_score balanced_accuracy_score f1_score log_loss matthews_corrcoef",
        "sklearn.metrics._ranking": "average_precision_score roc_auc_score",
        "sklearn.metrics._regression": "mean_absolute_error mean_squared_error r2_score root_mean_squared_error",
    }.items()
    for name in names.split()
)
"""Types of fitted scikit-learn models that skops does not trust by itself. A file cannot add to them."""


def read_skops(file: BinaryIO) -> LoadedModel:
    """The estimator in the file. Raises `Refused` where it holds a type that is not reviewed, or is no estimator."""
    content = file.read()
    try:
        with VersionsNoted() as versions:
            model = skops.io.loads(content, trusted=REVIEWED)
    except UntrustedTypesFoundException:
        names = sorted(set(skops.io.get_untrusted_types(data=content)) - set(REVIEWED))
        raise Refused(f"holds types that are not on the list of reviewed ones: {', '.join(names)}") from None
    except ModuleNotFoundError as error:
        raise Refused(about_missing(str(error.name))) from None
    return loaded_model(model, versions.found)
