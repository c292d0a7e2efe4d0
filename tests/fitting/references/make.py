"""Makes references.json: statistics and bands as lmfit 1.3.4, statsmodels 0.15.0 and scipy 1.17.1 have them.

Not run by the tests. In an environment of its own: pip install lmfit statsmodels scipy, then python make.py.
"""

import json
from pathlib import Path

import lmfit
import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats

NOISE = np.random.default_rng(3)
X = np.linspace(0.2, 6, 30)
NEW = [0.0, 1.5, 3.3, 7.0]
SIGMA = 0.05 + 0.04 * X
LEVEL = 0.95
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}
STRAIGHT = np.round(1.3 + 0.7 * X + SIGMA * NOISE.normal(size=30), 4)
DECAY = np.round(3.1 * np.exp(-0.6 * X) + 0.5 + 0.05 * NOISE.normal(size=30), 4)
COUNTS = NOISE.poisson(np.exp(0.5 + 0.4 * X))
OUTLIERS = STRAIGHT.copy()
OUTLIERS[[4, 11, 25]] += [3.0, -2.5, 4.0]
SECOND = np.round(NOISE.uniform(-1, 1, 30), 4)
PLANE = np.round(0.4 + 1.1 * X - 2.3 * SECOND + 0.2 * NOISE.normal(size=30), 4)


def case(model, y, names, reference, **more):
    """Return what the tests read; parameters in the order `names`."""
    return {"model": model, "x": {"x": X.tolist()}, "y": y.tolist(), "names": names} | more | {"reference": reference}


def of_statsmodels(result, names, design):
    """From a linear model; `design` at NEW."""
    prediction = result.get_prediction(design)
    low, high = result.conf_int(1 - LEVEL).T
    mean, observed = prediction.conf_int(alpha=1 - LEVEL), prediction.conf_int(obs=True, alpha=1 - LEVEL)
    return {
        "coefficients": dict(zip(names, result.params.tolist(), strict=True)),
        "stderr": dict(zip(names, result.bse.tolist(), strict=True)),
        "covar": result.cov_params().tolist(),
        "low": dict(zip(names, low.tolist(), strict=True)),
        "high": dict(zip(names, high.tolist(), strict=True)),
        "rsquared": result.rsquared,
        "adjusted_rsquared": result.rsquared_adj,
        "predicted": prediction.predicted_mean.tolist(),
        "predicted_stderr": prediction.se_mean.tolist(),
        "confidence": mean.T.tolist(),
        "prediction": observed.T.tolist(),
    }


def of_lmfit(function, y, start, derivatives=None, absolute=False, **settings):
    """From a nonlinear model, with exact derivatives where nothing is tied; the bands' have a small step."""
    model = lmfit.Model(function)
    parameters = model.make_params(**start)
    for name, setting in settings.pop("set", {}).items():
        parameters[name].set(**setting)
    weights = settings.get("weights", np.ones_like(y))
    exact = (
        {}
        if derivatives is None
        else {"Dfun": lambda p, *_, **__: -derivatives(list(p.valuesdict().values())) * weights, "col_deriv": 1}
    )
    settings = settings | {"x": X, "fit_kws": TIGHT | exact, "scale_covar": not absolute}
    result = model.fit(y, parameters, **settings)
    half = result.eval_uncertainty(x=np.array(NEW), sigma=LEVEL, dscale=1e-4)
    predicted = result.eval(x=np.array(NEW))
    quantile = stats.t.ppf((1 + LEVEL) / 2, result.nfree)
    return {
        "coefficients": dict(result.best_values),
        "stderr": {
            name: result.params[name].stderr if name in result.var_names or result.params[name].expr else None
            for name in result.params
        },
        "covar": result.covar.tolist(),
        "correl": [[1.0 if a == b else result.params[a].correl[b] for b in result.var_names] for a in result.var_names],
        **{name: getattr(result, name) for name in ("chisqr", "redchi", "nfree", "aic", "bic")},
        "predicted": predicted.tolist(),
        "predicted_stderr": (half / quantile).tolist(),
        **(
            {}
            if absolute
            else {
                "confidence": [(predicted - half).tolist(), (predicted + half).tolist()],
                "prediction": [
                    (predicted - result.dely_predicted).tolist(),
                    (predicted + result.dely_predicted).tolist(),
                ],
            }
        ),
    }


def of_robust(norm, scale):
    """M-estimate with a scale that is known, covariance H1."""
    result = sm.RLM(OUTLIERS, sm.add_constant(X), M=norm).fit(
        update_scale=False, conv="coefs", tol=1e-14, maxiter=1000, start_params=[1.3, 0.7], start_scale=scale
    )
    assert result.scale == scale, result.scale
    low, high = result.conf_int(1 - LEVEL).T
    names = ["a", "b"]
    return {
        "coefficients": dict(zip(names, result.params.tolist(), strict=True)),
        "stderr": dict(zip(names, result.bse.tolist(), strict=True)),
        "covar": result.cov_params().tolist(),
        "low": dict(zip(names, low.tolist(), strict=True)),
        "high": dict(zip(names, high.tolist(), strict=True)),
    }


def of_counts():
    """Poisson regression with the logarithm as link."""
    result = sm.GLM(COUNTS, sm.add_constant(X), family=sm.families.Poisson()).fit(tol=1e-15, maxiter=100)
    low, high = result.conf_int(1 - LEVEL).T
    prediction = result.get_prediction(sm.add_constant(np.array(NEW)))
    names = ["a", "b"]
    return {
        "coefficients": dict(zip(names, result.params.tolist(), strict=True)),
        "stderr": dict(zip(names, result.bse.tolist(), strict=True)),
        "covar": result.cov_params().tolist(),
        "low": dict(zip(names, low.tolist(), strict=True)),
        "high": dict(zip(names, high.tolist(), strict=True)),
        "chisqr": result.pearson_chi2,
        "loss": result.deviance,
        "aic": result.aic,
        "bic": result.bic_llf,
        "predicted": prediction.predicted_mean.tolist(),
        "predicted_stderr": prediction.se_mean.tolist(),
    }


def decay(x, a, k, c):
    return a * np.exp(-k * x) + c


def decay_derivatives(p):
    a, k, _ = p
    return np.stack([np.exp(-k * X), -a * X * np.exp(-k * X), np.ones_like(X)])


def tied_derivatives(p):
    """With c = a k / 5."""
    a, k, _ = p
    by_a, by_k, by_c = decay_derivatives(p)
    return np.stack([by_a + 0.2 * k * by_c, by_k + 0.2 * a * by_c])


def profiled(absolute):
    """Return intervals of `decay` by profile likelihood: other parameters solved for to rounding at each trial."""
    weights = 1 / SIGMA if absolute else np.ones_like(X)

    def least(index, value):
        def residual(others):
            return (decay(X, *np.insert(others, index, value)) - DECAY) * weights

        def jacobian(others):
            rows = decay_derivatives(np.insert(others, index, value)) * weights
            return np.delete(rows, index, axis=0).T

        tight = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15, "x_scale": "jac"}
        return 2 * optimize.least_squares(residual, np.delete(best, index), jacobian, **tight).cost

    start = {"a": 3, "k": 0.5, "c": 0.4}
    fit = lmfit.Model(decay).fit(DECAY, x=X, weights=weights, scale_covar=not absolute, fit_kws=TIGHT, **start)
    best = [fit.best_values[name] for name in start]
    chisqr = least(0, best[0])
    quantile = stats.chi2.ppf(LEVEL, 1) if absolute else stats.f.ppf(LEVEL, 1, fit.nfree) * chisqr / fit.nfree

    def end(index, step):
        def above(value):
            return least(index, value) - chisqr - quantile

        far = best[index] + step
        while above(far) < 0:
            far += step
        return optimize.brentq(above, best[index], far, xtol=1e-15, rtol=1e-14)

    errors = [fit.params[name].stderr for name in start]
    ends = {name: [end(i, side * errors[i]) for side in (-1, 1)] for i, name in enumerate(start)}
    interval = fit.conf_interval(sigmas=[LEVEL])
    if not absolute:
        for name in start:
            for mine, theirs in zip(ends[name], (interval[name][0][1], interval[name][2][1]), strict=True):
                assert abs(mine - theirs) < 1e-3 * fit.params[name].stderr + 1e-4 * abs(mine), (name, mine, theirs)
    return ends


def main():
    line, new = sm.add_constant(X), sm.add_constant(np.array(NEW))
    powers, new_powers = np.vander(X, 4, increasing=True), np.vander(NEW, 4, increasing=True)
    straight, curve = ["a", "b"], ["a", "k", "c"]
    exponential, start = "a * exp(-k * x) + c", {"a": 3, "k": 0.5, "c": 0.4}
    plane = np.column_stack([np.ones(30), X, SECOND])
    new_second = [0.5, -0.5, 0.1, 0.9]
    cases = {
        "straight line, statsmodels OLS": case(
            "a + b * x", STRAIGHT, straight, of_statsmodels(sm.OLS(STRAIGHT, line).fit(), straight, new)
        ),
        "cubic, statsmodels OLS": case(
            "a + b * x + c * x^2 + d * x^3",
            DECAY,
            list("abcd"),
            of_statsmodels(sm.OLS(DECAY, powers).fit(), list("abcd"), new_powers),
        ),
        "plane, statsmodels OLS": case(
            "a + b * x1 + c * x2",
            PLANE,
            list("abc"),
            of_statsmodels(sm.OLS(PLANE, plane).fit(), list("abc"), np.column_stack([np.ones(4), NEW, new_second])),
            x={"x1": X.tolist(), "x2": SECOND.tolist()},
            new={"x1": NEW, "x2": new_second},
        ),
        "sigma in proportion, statsmodels WLS": case(
            "a + b * x",
            STRAIGHT,
            straight,
            of_statsmodels(sm.WLS(STRAIGHT, line, weights=1 / SIGMA**2).fit(), straight, new),
            sigma=SIGMA.tolist(),
        ),
        "sigma absolute, statsmodels WLS with fixed scale": case(
            "a + b * x",
            STRAIGHT,
            straight,
            of_statsmodels(sm.WLS(STRAIGHT, line, weights=1 / SIGMA**2).fit(cov_type="fixed scale"), straight, new),
            sigma=SIGMA.tolist(),
            absolute=True,
        ),
        "decay, lmfit": case(exponential, DECAY, curve, of_lmfit(decay, DECAY, start, decay_derivatives)),
        "decay with sigma in proportion, lmfit": case(
            exponential,
            DECAY,
            curve,
            of_lmfit(decay, DECAY, start, decay_derivatives, weights=1 / SIGMA),
            sigma=SIGMA.tolist(),
        ),
        "decay with sigma absolute, lmfit": case(
            exponential,
            DECAY,
            curve,
            of_lmfit(decay, DECAY, start, decay_derivatives, True, weights=1 / SIGMA),
            sigma=SIGMA.tolist(),
            absolute=True,
        ),
        "tied parameter, lmfit": case(
            exponential,
            DECAY,
            curve,
            of_lmfit(decay, DECAY, start, tied_derivatives, set={"c": {"expr": "0.2 * a * k"}}),
            tied={"c": "0.2 * a * k"},
        ),
        "fixed parameter and bounds, lmfit": case(
            exponential,
            DECAY,
            curve,
            of_lmfit(
                decay,
                DECAY,
                start,
                lambda p: decay_derivatives(p)[:2],
                set={"c": {"value": 0.48, "vary": False}, "a": {"min": 0, "max": 10}},
            ),
            fixed={"c": 0.48},
            bounds={"a": [0, 10]},
        ),
        "Huber's loss, statsmodels RLM": case(
            "a + b * x", OUTLIERS, straight, of_robust(sm.robust.norms.HuberT(1.345), 0.2), loss="huber", scale=0.2
        ),
        "Tukey's loss, statsmodels RLM": case(
            "a + b * x",
            OUTLIERS,
            straight,
            of_robust(sm.robust.norms.TukeyBiweight(4.685), 0.2),
            loss="tukey",
            scale=0.2,
        ),
        "counts, statsmodels GLM": case("exp(a + b * x)", COUNTS, straight, of_counts(), loss="poisson"),
    }
    references = {
        "new": {"x": NEW},
        "level": LEVEL,
        "cases": cases,
        "profiles": {
            "relative": {"y": DECAY.tolist(), "x": X.tolist(), "sigma": None, "ends": profiled(False)},
            "absolute": {"y": DECAY.tolist(), "x": X.tolist(), "sigma": SIGMA.tolist(), "ends": profiled(True)},
        },
    }
    path = Path(__file__).with_name("references.json")
    path.write_text(json.dumps(references) + "\n")


main()
