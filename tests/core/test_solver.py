import numpy as np
import pytest

from cutout.core.solver import conjugate_gradient

SHAPE = (6, 8)


def system(condition):
    """A positive definite matrix, a right-hand side and the solution in float64."""
    rng = np.random.default_rng(4)
    basis, _ = np.linalg.qr(rng.normal(size=(48, 48)))
    matrix = basis * np.geomspace(1, condition, 48) @ basis.T
    solution = rng.normal(size=48)
    return matrix.astype(np.float32), (matrix @ solution).astype(np.float32), solution


@pytest.mark.parametrize("is_preconditioned", [False, True])
def test_the_solution_solves_the_equations(is_preconditioned):
    matrix, right, solution = system(condition=20)

    found = conjugate_gradient(
        lambda x: (matrix @ x.ravel()).reshape(SHAPE),
        np.zeros(SHAPE, np.float32),
        right.reshape(SHAPE).copy(),
        steps=100,
        tolerance=1e-8,
        diagonal=np.diag(matrix).reshape(SHAPE) if is_preconditioned else None,
    )

    assert found.dtype == np.float32
    assert np.abs(found.ravel() - solution).max() < 1e-3


def test_the_preconditioner_saves_steps_where_the_diagonal_varies():
    scale = np.geomspace(1, 1000, 48).astype(np.float32)
    matrix = system(condition=2)[0] * np.sqrt(scale[:, None] * scale)
    solution = np.ones(48, np.float32)

    def error(diagonal):
        found = conjugate_gradient(
            lambda x: (matrix @ x.ravel()).reshape(SHAPE),
            np.zeros(SHAPE, np.float32),
            (matrix @ solution).reshape(SHAPE),
            steps=8,
            tolerance=0,
            diagonal=diagonal,
        )
        return np.abs(found.ravel() - solution).max()

    assert error(np.diag(matrix).reshape(SHAPE)) < 0.01 < error(None)


def test_an_exact_first_guess_needs_no_iteration():
    guess = np.ones(SHAPE, np.float32)

    def multiply(x):
        raise AssertionError("a step was made")

    found = conjugate_gradient(multiply, guess, np.zeros(SHAPE, np.float32), steps=9, tolerance=1)

    assert np.array_equal(found, np.ones(SHAPE))
