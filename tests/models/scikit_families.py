"""Unfitted models of every usual family of scikit-learn, by what they predict."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, RadiusNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

NUMBERS = ["age", "hours per week", "gain", "load"]


def binary() -> dict[str, Any]:
    """Unfitted classifiers of two classes with probabilities."""
    two = [("a", LogisticRegression()), ("b", GaussianNB())]
    return {
        "logistic regression": LogisticRegression(),
        "random forest": RandomForestClassifier(8, n_jobs=2, random_state=0),
        "gradient boosting": GradientBoostingClassifier(n_estimators=5),
        "histogram boosting": HistGradientBoostingClassifier(max_iter=5),
        "neighbours": KNeighborsClassifier(),
        "neural network": MLPClassifier((5,), max_iter=20, random_state=0),
        "ada boost": AdaBoostClassifier(n_estimators=5),
        "bagging": BaggingClassifier(n_estimators=3, n_jobs=2, random_state=0),
        "calibrated": CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2),
        "voting": VotingClassifier(two, voting="soft"),
        "stacking": StackingClassifier(two, cv=2),
        "logistic regression with search": LogisticRegressionCV(
            Cs=2, cv=2, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
        ),
        "stochastic gradient descent": SGDClassifier(loss="log_loss", random_state=0),
        "gaussian process classification": GaussianProcessClassifier(),
        "neighbours within a radius": RadiusNeighborsClassifier(5.0),
        "support vectors with probabilities": CalibratedClassifierCV(SVC(), cv=2),
        "dummy": DummyClassifier(strategy="prior"),
        "tuned threshold": TunedThresholdClassifierCV(LogisticRegression(), scoring="balanced_accuracy", cv=2),
    }


def multiclass() -> dict[str, Any]:
    """Unfitted classifiers of any number of classes with probabilities."""
    return {
        "naive Bayes": GaussianNB(),
        "decision tree": DecisionTreeClassifier(max_depth=3),
        "extra trees": ExtraTreesClassifier(5, random_state=0),
        "discriminant analysis": LinearDiscriminantAnalysis(),
        "quadratic discriminant analysis": QuadraticDiscriminantAnalysis(),
        "extra tree": ExtraTreeClassifier(max_depth=3, random_state=0),
        "polynomial pipeline": make_pipeline(PolynomialFeatures(), SelectKBest(k=5), LogisticRegression(max_iter=500)),
        "principal components": make_pipeline(StandardScaler(), PCA(2), GaussianNB()),
        "random search": RandomizedSearchCV(DecisionTreeClassifier(), {"max_depth": [2, 3]}, n_iter=2, cv=2),
        "grid search": GridSearchCV(LogisticRegression(), {"C": [0.5, 1.0]}, cv=2),
        "one against the rest": OneVsRestClassifier(LogisticRegression()),
    }


def regressions() -> dict[str, Any]:
    """Unfitted regressions."""
    return {
        "ridge": Ridge(),
        "forest regression": RandomForestRegressor(5, random_state=0),
        "boosted regression": HistGradientBoostingRegressor(max_iter=5),
        "support vectors": SVR(),
        "gaussian process": GaussianProcessRegressor(),
        "linear regression": LinearRegression(),
        "elastic net": ElasticNet(0.01),
        "Bayesian ridge": BayesianRidge(),
        "Huber regression": HuberRegressor(),
        "quantile regression": QuantileRegressor(quantile=0.9, alpha=0.0),
        "boosted quantile": HistGradientBoostingRegressor(max_iter=5, loss="quantile", quantile=0.9),
        "gradient boosted regression": GradientBoostingRegressor(n_estimators=5),
        "tree regression": DecisionTreeRegressor(max_depth=3),
        "extra trees regression": ExtraTreesRegressor(5, random_state=0),
        "ada boost regression": AdaBoostRegressor(n_estimators=3, random_state=0),
        "bagging regression": BaggingRegressor(n_estimators=3, random_state=0),
        "neighbours regression": KNeighborsRegressor(),
        "neural network regression": MLPRegressor(hidden_layer_sizes=(5,), max_iter=20, random_state=0),
        "kernel ridge": KernelRidge(),
        "partial least squares": PLSRegression(2),
        "stacking regression": StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=2))], cv=2),
        "voting regression": VotingRegressor([("a", Ridge()), ("b", KNeighborsRegressor())]),
        "transformed target": TransformedTargetRegressor(Ridge(), func=np.sinh, inverse_func=np.arcsinh),
    }


def label_only_models() -> dict[str, Any]:
    """Unfitted classifiers without probabilities."""
    return {
        "ridge classifier": RidgeClassifier(),
        "support vector classifier": SVC(),
        "linear support vectors": LinearSVC(),
        "perceptron": Perceptron(),
        "hinge loss": SGDClassifier(random_state=0),
        "hard voting": VotingClassifier([("a", RidgeClassifier()), ("b", GaussianNB())]),
    }


def mixed_pipeline() -> Any:
    """Numbers imputed and scaled, texts imputed and encoded, a column dropped; then a logistic regression."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = ColumnTransformer(
        [("numbers", numbers, [*NUMBERS, "children"]), ("texts", texts, ["city", "job"]), ("rest", "drop", ["member"])],
        n_jobs=2,
    )
    return make_pipeline(columns, LogisticRegression())


def text_pipeline() -> Any:
    """Words of one column beside numbers; then a logistic regression."""
    columns = ColumnTransformer([("words", TfidfVectorizer(), "note"), ("numbers", StandardScaler(), NUMBERS)])
    return make_pipeline(columns, LogisticRegression())


def ordinal_pipeline() -> Any:
    """Texts as codes; then gradient boosting."""
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("texts", codes, ["city", "job"])], remainder="passthrough")
    return make_pipeline(columns, HistGradientBoostingClassifier(max_iter=5))
