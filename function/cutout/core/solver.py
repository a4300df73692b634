"""Preconditioned conjugate gradients (Hestenes & Stiefel 1952; Golub & Van Loan, 11.5)."""

from collections.abc import Callable

from .arrays import Map


def conjugate_gradient(
    multiply: Callable[[Map], Map],
    x: Map,
    residual: Map,
    *,
    steps: int,
    tolerance: float,
    diagonal: Map | None = None,
) -> Map:
    """Solve A x = b for a symmetric, positive definite A, and return x, (H, W) as all arrays here.

    `multiply` returns A times its argument, x is the first guess, and `residual` is b - A x; both
    are overwritten. `diagonal` is A's, by which the residual r is preconditioned (Jacobi); without
    it z = r. The iteration ends after `steps`, or when the sum of r z is below `tolerance`.
    """
    conditioned = residual if diagonal is None else residual / diagonal
    direction = conditioned.copy()
    error = float((residual * conditioned).sum())
    for _ in range(steps):
        if error < tolerance:
            break
        image = multiply(direction)
        length = error / float((direction * image).sum())
        x += length * direction
        residual -= length * image
        conditioned = residual if diagonal is None else residual / diagonal
        error, previous = float((residual * conditioned).sum()), error
        direction = conditioned + error / previous * direction
    return x
