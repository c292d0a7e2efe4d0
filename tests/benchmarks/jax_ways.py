"""What a user of JAX would write: gradient descent as one `jit(scan)`, Levenberg-Marquardt as one `jit(while_loop)`."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

Model = Callable[..., jax.Array]
"""A function of x and the parameters."""
Arrays = Sequence[jax.Array]

_MOST_TRIALS, _MOST_UPDATES = 200, 30
_FEW = 512 * float(jnp.finfo(jnp.float64).eps)


def tutorials_model(x: jax.Array, a: jax.Array, b: jax.Array, c: jax.Array, d: jax.Array) -> jax.Array:
    z = c + d * x
    return a + b * (0.5 * (5 * z**3 - 3 * z))


def loss_over_points(p: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    return ((tutorials_model(x, *p) - y) ** 2).sum()


def loss_over_nodes(
    p: jax.Array, nodes: jax.Array, matrix: jax.Array, target: jax.Array, floor: jax.Array
) -> jax.Array:
    """Over the nodes of our compressed problem."""
    return ((matrix @ tutorials_model(nodes, *p) - target) ** 2).sum() + floor


def gradient_descent(loss: Callable[..., jax.Array], steps: int) -> Callable[..., tuple[jax.Array, jax.Array]]:
    """Return the whole loop, which returns parameters and the loss before each step."""

    def fit(p: jax.Array, rate: float, *data: jax.Array) -> tuple[jax.Array, jax.Array]:
        def step(p: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            value, gradient = jax.value_and_grad(loss)(p, *data)
            return p - rate * gradient, value

        return jax.lax.scan(step, p, length=steps)

    return fit


def levenberg_marquardt(model: Model, free: int) -> Callable[..., jax.Array]:
    """Return damped trials to their end, then updates of Gauss-Newton to the last digits."""

    def fit(x: jax.Array, y: jax.Array, p: jax.Array) -> jax.Array:
        slopes = jax.vmap(jax.grad(lambda q, x: model(x, *q)), (None, 0))

        def residual(p: jax.Array) -> jax.Array:
            return model(x, *p) - y

        def goes_on(state: Any) -> jax.Array:
            return (state[5] < _MOST_TRIALS) & ~state[6]

        def trial(state: Any) -> Any:
            p, loss, scale, damping, growth, count, _ = state
            jacobian, before = slopes(p, x), residual(p)
            scale = jnp.maximum(scale, jnp.linalg.norm(jacobian, axis=0))
            gram, gradient = (jacobian / scale).T @ (jacobian / scale), (jacobian / scale).T @ before
            update = jnp.linalg.solve(gram + damping * jnp.eye(free), -gradient)
            after = jnp.sum(residual(p + update / scale) ** 2)
            promised, gained = -update @ (2 * gradient + gram @ update), loss - after
            better = gained > 0
            shrinks = damping * jnp.maximum(1 - (2 * gained / promised - 1) ** 3, 1 / 3)
            ended = (jnp.maximum(jnp.abs(gained), promised) <= _FEW * loss) & (damping <= 1)
            return (
                jnp.where(better, p + update / scale, p),
                jnp.where(better, after, loss),
                scale,
                jnp.where(better, shrinks, damping * growth),
                jnp.where(better, 2.0, 2 * growth),
                count + 1,
                ended,
            )

        def refines(state: Any) -> jax.Array:
            _, length, before, count = state
            return (length < 0.5 * before) & (count < _MOST_UPDATES)

        def update(state: Any) -> Any:
            p, length, _, count = state
            q, r = jnp.linalg.qr(slopes(p, x))
            step = jax.scipy.linalg.solve_triangular(r, -(q.T @ residual(p)))
            return p + step, jnp.linalg.norm(r @ step), length, count + 1

        first = (p, jnp.sum(residual(p) ** 2), jnp.zeros(free), 1e-3, 2.0, 0, False)
        p = jax.lax.while_loop(goes_on, trial, first)[0]
        return jax.lax.while_loop(refines, update, (p, 1e300, jnp.inf, 0))[0]

    return fit


def compiled(function: Callable[..., Any], *arguments: Any) -> None:
    """Compile a function that JAX has not seen yet."""
    jax.clear_caches()
    jax.jit(function).lower(*arguments).compile()
