import numpy as np

from cutout.core import random_walker


def test_the_solution_equals_that_of_the_dense_equations():
    image = np.random.default_rng(2).integers(90, 130, (24, 24, 3), np.uint8)
    is_seed = np.zeros((24, 24), bool)
    is_seed[3, 4] = is_seed[20, 15] = True
    values = np.where(np.arange(24)[:, None] < 12, 1, -1) * is_seed.astype(np.float32)

    solution = random_walker.solve(image, is_seed, values)

    assert np.abs(solution - dense_solution(image / 255, is_seed, values)).max() < 0.005


def dense_solution(colours, is_seed, values):
    pixels = list(np.ndindex(is_seed.shape))
    matrix = np.diag(np.full(len(pixels), random_walker.ABSORPTION / len(pixels)))
    for one, (row, column) in enumerate(pixels):
        for neighbour in {(row + 1, column), (row, column + 1)} & set(pixels):
            difference = np.linalg.norm(colours[row, column] - colours[neighbour])
            weight, other = np.exp(-random_walker.BETA * difference), pixels.index(neighbour)
            matrix[[one, other], [one, other]] += weight
            matrix[[one, other], [other, one]] -= weight
    is_free = ~is_seed.ravel()
    solution = values.ravel().astype(np.float64)
    solution[is_free] = np.linalg.solve(
        matrix[is_free][:, is_free], -matrix[is_free][:, ~is_free] @ solution[~is_free]
    )
    return solution.reshape(is_seed.shape)
