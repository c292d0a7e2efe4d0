"""Worked examples of requests, for Swagger UI: the first of each works with whatever fit of one curve is there."""

from fastapi.openapi.models import Example

FIT_EXAMPLES: dict[str, Example] = {
    "tutorial": {
        "summary": "The PyTorch tutorial: sin(x) by a Legendre polynomial",
        "description": "An empty body: every default is the tutorial's job.",
        "value": {},
    },
    "data": {
        "summary": "Your own data",
        "description": "A saturating curve through measured points; the result has standard errors.",
        "value": {
            "target": {"x": [0.5, 1, 2, 4, 8], "y": [1.1, 1.9, 3.2, 4.5, 5.4]},
            "model": "top * (1 - exp(-rate * x))",
            "parameters": {"top": 5, "rate": 0.5},
            "metadata": {"instrument": "balance 3"},
        },
    },
    "library": {
        "summary": "A model by name, no start values",
        "description": "A peak; robust against the outlier at x = 2.",
        "value": {
            "target": {
                "x": [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5],
                "y": [1.0, 1.1, 1.2, 2.0, 40, 5.6, 5.9, 4.1, 2.2, 1.3, 1.0],
            },
            "model": {"name": "gaussian"},
            "loss": "tukey",
        },
    },
    "curves": {
        "summary": "Many curves at once",
        "description": "Dose-response curves of three wells; their results are at `urls.curves`.",
        "value": {
            "target": {
                "x": [0, 0.1, 0.3, 1, 3, 10, 30],
                "y": [
                    [4.8, 12.1, 26.9, 53.1, 76.7, 90.9, 97.2],
                    [5.3, 8.9, 15.8, 36.4, 63.0, 85.1, 94.3],
                    [5.1, 20.4, 41.7, 70.2, 86.4, 95.6, 98.1],
                ],
                "labels": ["A1", "A2", "A3"],
            },
            "model": {"name": "logistic_4"},
        },
    },
    "formula": {
        "summary": "A formula as target",
        "description": "A damped oscillation, fitted by a series of Chebyshev polynomials.",
        "value": {
            "target": {"function": "exp(-x/3) * sin(x)", "domain": [0, 6], "points": 500},
            "model": "c0 + c1 * T1(x/3 - 1) + c2 * T2(x/3 - 1) + c3 * T3(x/3 - 1) + c4 * T4(x/3 - 1)",
            "parameters": {"c0": 0, "c1": 0, "c2": 0, "c3": 0, "c4": 0},
        },
    },
    "tutorial_in_full": {
        "summary": "The tutorial's job with every field written out",
        "value": {
            "target": {"function": "sin", "domain": [-3.141592653589793, 3.141592653589793], "points": 2000},
            "model": "a + b * P3(c + d * x)",
            "parameters": {"a": 0, "b": {"start": -1}, "c": 0, "d": 0.3},
            "hyperparameters": {
                "optimizer": "gradient_descent",
                "learning_rate": 5e-6,
                "momentum": 0,
                "steps": 2000,
            },
            "device": "cpu",
            "dtype": "float64",
            "metadata": {"course": "autograd"},
        },
    },
}

PREDICTION_EXAMPLES: dict[str, Example] = {
    "points": {"summary": "At other x", "value": {"x": [0, 0.5, 1]}},
    "own": {"summary": "At the points of the fit, with residuals", "value": {}},
    "curves": {"summary": "All of many curves", "value": {"x": [0, 0.5, 1], "curves": "all"}},
}
INVERSE_EXAMPLES: dict[str, Example] = {
    "unknown": {"summary": "One unknown", "value": {"y": [0.5]}},
    "replicates": {"summary": "Two unknowns, one measured three times", "value": {"y": [3.0, [2.9, 3.1, 3.2]]}},
}
DERIVE_EXAMPLES: dict[str, Example] = {
    "area": {"summary": "The area under the model", "value": {"quantities": {"area": {"integral": [0, 1]}}}},
    "formula": {
        "summary": "Formulas in the coefficients of a dose-response curve",
        "value": {"quantities": {"ec90": "ec50 * 9^(1/hill)", "span": "top - bottom"}},
    },
}
COMPARE_EXAMPLES: dict[str, Example] = {
    "two": {"summary": "Two fits", "value": {"fits": ["fit_0123456789abcdef", "fit_fedcba9876543210"]}},
}
CHECK_EXAMPLES: dict[str, Example] = {
    "formula": {"summary": "A formula", "value": {"model": "top * (1 - exp(-rate * x))"}},
    "library": {"summary": "A sum of models of the library", "value": {"model": "gaussian + linear"}},
}
LINK_EXAMPLES: dict[str, Example] = {"month": {"summary": "For a month", "value": {"days": 30}}}
