"""Derivatives of the classical orthogonal polynomials: any number of times, in reverse, forward and mixed mode."""

from itertools import product

import pytest
import torch
from torch.autograd import forward_ad, gradcheck, gradgradcheck
from torch.func import grad, hessian, jacfwd, jacrev, jvp, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.autograd import polynomials

# torch's own forward mode scripts a few functions when it is first used, and warns of that.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

# Each family with the coefficients of its degree 3, the constant first.
CUBICS = {
    "legendre": (polynomials.legendre, (0, -1.5, 0, 2.5)),
    "chebyshev_t": (polynomials.chebyshev_t, (0, -3, 0, 4)),
    "chebyshev_u": (polynomials.chebyshev_u, (0, -4, 0, 8)),
    "gegenbauer": (lambda n, u: polynomials.gegenbauer(n, 0.75, u), (0, -2.625, 0, 4.8125)),
    "jacobi": (lambda n, u: polynomials.jacobi(n, 1.0, 0.0, u), (-3 / 8, -15 / 8, 15 / 8, 35 / 8)),
    "hermite": (polynomials.hermite, (0, -12, 0, 8)),
    "hermite_e": (polynomials.hermite_e, (0, -3, 0, 1)),
    "laguerre": (polynomials.laguerre, (1, -3, 3 / 2, -1 / 6)),
    "generalized_laguerre": (lambda n, u: polynomials.generalized_laguerre(n, 1.0, u), (4, -6, 2, -1 / 6)),
}
FAMILIES = {name: polynomial for name, (polynomial, _) in CUBICS.items()}

every_family = pytest.mark.parametrize("polynomial", FAMILIES.values(), ids=FAMILIES)
every_cubic = pytest.mark.parametrize(("polynomial", "coefficients"), CUBICS.values(), ids=CUBICS)
every_mode = pytest.mark.parametrize(
    "modes",
    [modes for order in (1, 2, 3) for modes in product((jacfwd, jacrev), repeat=order)],
    ids=lambda modes: "-of-".join(mode.__name__ for mode in modes),
)


@pytest.fixture
def u():
    return torch.tensor([-1.0, -0.6, 0.0, 0.3, 1.0], dtype=torch.float64)


def derivative_of_cubic(coefficients, order, u):
    for _ in range(order):
        coefficients = [power * c for power, c in enumerate(coefficients)][1:]
    return sum((c * u**power for power, c in enumerate(coefficients)), torch.zeros_like(u))


def assert_close(value, expected):
    torch.testing.assert_close(value, expected, rtol=1e-13, atol=1e-13)


@every_family
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_first_derivative_passes_gradcheck_in_reverse_and_forward_mode(polynomial, n, u):
    assert gradcheck(
        lambda v: polynomial(n, v),
        u.requires_grad_(),
        check_forward_ad=True,
        check_batched_grad=True,
        check_batched_forward_grad=True,
    )


@every_family
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_second_derivative_passes_gradgradcheck_in_reverse_and_forward_over_reverse_mode(polynomial, n, u):
    assert gradgradcheck(
        lambda v: polynomial(n, v), u.requires_grad_(), check_fwd_over_rev=True, check_batched_grad=True
    )


@every_mode
@every_cubic
def test_derivative_of_any_order_in_any_mix_of_modes_is_the_closed_form(polynomial, coefficients, modes, u):
    def derivative(v):
        return polynomial(3, v)

    for mode in modes:
        derivative = mode(derivative)
    assert_close(vmap(derivative)(u), derivative_of_cubic(coefficients, len(modes), u))


@every_mode
@every_family
def test_derivative_of_degree_zero_is_zero_in_any_mix_of_modes(polynomial, modes, u):
    def derivative(v):
        return polynomial(0, v)

    for mode in modes:
        derivative = mode(derivative)
    assert torch.equal(vmap(derivative)(u), torch.zeros_like(u))


@every_cubic
def test_third_derivative_by_repeated_backward_is_the_closed_form(polynomial, coefficients, u):
    derivative = polynomial(3, u.requires_grad_())
    for _ in range(3):
        (derivative,) = torch.autograd.grad(derivative.sum(), u, create_graph=True)
    assert_close(derivative.detach(), derivative_of_cubic(coefficients, 3, u.detach()))


def nodes_reachable_from(node):
    reached, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in reached:
            reached.add(node)
            waiting += [following for following, _ in node.next_functions]
    return reached


@every_family
def test_graph_of_a_derivative_does_not_grow_with_the_degree(polynomial, u):
    u.requires_grad_()
    low, high = (torch.autograd.grad(polynomial(n, u).sum(), u, create_graph=True)[0] for n in (5, 40))
    assert len(nodes_reachable_from(high.grad_fn)) == len(nodes_reachable_from(low.grad_fn))


@every_cubic
def test_third_derivative_by_func_grad_is_the_closed_form(polynomial, coefficients, u):
    third = grad(grad(grad(lambda v: polynomial(3, v))))
    assert_close(vmap(third)(u), derivative_of_cubic(coefficients, 3, u))


@every_cubic
def test_jacobian_of_a_vector_is_diagonal(polynomial, coefficients, u):
    jacobian = jacrev(lambda v: polynomial(3, v))(u)
    assert_close(jacobian, torch.diag(derivative_of_cubic(coefficients, 1, u)))


@every_cubic
def test_hessian_of_a_sum_is_diagonal(polynomial, coefficients, u):
    second = hessian(lambda v: polynomial(3, v).sum())(u)
    assert_close(second, torch.diag(derivative_of_cubic(coefficients, 2, u)))


@every_cubic
def test_vmap_over_jvp_gives_one_directional_derivative_per_direction(polynomial, coefficients, u):
    directions = torch.eye(5, dtype=u.dtype)
    pushed = vmap(lambda direction: jvp(lambda v: polynomial(3, v), (u,), (direction,))[1])(directions)
    assert_close(pushed, torch.diag(derivative_of_cubic(coefficients, 1, u)))


@every_cubic
def test_dual_number_carries_the_derivative(polynomial, coefficients, u):
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(polynomial(3, forward_ad.make_dual(u, torch.full_like(u, 2.0)))).tangent
    assert_close(tangent, 2 * derivative_of_cubic(coefficients, 1, u))


@every_cubic
def test_derivative_of_a_dual_numbers_tangent_is_the_second_derivative(polynomial, coefficients, u):
    u.requires_grad_()
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(polynomial(3, forward_ad.make_dual(u, torch.ones_like(u)))).tangent
        (second,) = torch.autograd.grad(tangent.sum(), u)
    assert_close(second, derivative_of_cubic(coefficients, 2, u.detach()))


@every_cubic
def test_forward_mode_needs_no_grad_mode(polynomial, coefficients, u):
    with torch.no_grad():
        second = vmap(jacfwd(jacfwd(lambda v: polynomial(3, v))))(u)
    assert_close(second, derivative_of_cubic(coefficients, 2, u))


@every_family
@pytest.mark.parametrize("dimension", [0, 1, -1])
def test_vmap_maps_over_any_dimension(polynomial, dimension):
    u = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(2, 3)
    mapped = vmap(lambda row: polynomial(3, row), in_dims=dimension, out_dims=dimension)(u)
    assert torch.equal(mapped, polynomial(3, u))


@every_family
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_gradient_of_float32_is_float32(polynomial, n):
    u = torch.linspace(-1, 1, 5, requires_grad=True)
    polynomial(n, u).sum().backward()
    assert u.grad.dtype == torch.float32


def test_legendre_of_high_degree_satisfies_its_differential_equation(u):
    n = 40
    first = grad(lambda v: polynomials.legendre(n, v))
    residual = (1 - u**2) * vmap(grad(first))(u) - 2 * u * vmap(first)(u) + n * (n + 1) * polynomials.legendre(n, u)
    assert residual.abs().max() < 1e-12 * n**4


def test_jacobi_with_degenerate_parameters_satisfies_its_differential_equation(u):
    n, alpha, beta = 9, -0.25, -0.75
    first = grad(lambda v: polynomials.jacobi(n, alpha, beta, v))
    slope = beta - alpha - (alpha + beta + 2) * u
    value = n * (n + alpha + beta + 1) * polynomials.jacobi(n, alpha, beta, u)
    residual = (1 - u**2) * vmap(grad(first))(u) + slope * vmap(first)(u) + value
    assert residual.abs().max() < 1e-12 * n**4


def test_laguerre_satisfies_its_differential_equation():
    n, alpha = 9, 0.5
    u = torch.tensor([0.0, 0.4, 2.0, 7.0, 20.0], dtype=torch.float64)
    first = grad(lambda v: polynomials.generalized_laguerre(n, alpha, v))
    value = n * polynomials.generalized_laguerre(n, alpha, u)
    residual = u * vmap(grad(first))(u) + (alpha + 1 - u) * vmap(first)(u) + value
    assert residual.abs().max() < 1e-12 * value.abs().max()


@pytest.mark.parametrize("tracing_mode", ["real", "fake", "symbolic"])
def test_gradient_can_be_traced_into_a_graph(tracing_mode, u):
    def gradient(v):
        (slope,) = torch.autograd.grad(polynomials.legendre(3, v).sum(), v)
        return slope

    u.requires_grad_()
    graph = make_fx(gradient, tracing_mode=tracing_mode)(torch.zeros(5, dtype=u.dtype, requires_grad=True))
    assert torch.equal(graph(u), gradient(u))
