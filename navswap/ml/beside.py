"""What trees learn their target beside: a feature that they need not learn again, and one in whose units they learn the rest."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LEAST_SCALE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Beside:
    """The columns of the matrix that hold the base and the scale of a head; None where the target is learnt as it is."""

    base: int | None = None
    scale: int | None = None

    def scale_of(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the unit of each row; 1 where it is unknown or nothing."""
        if self.scale is None:
            return np.ones(len(matrix))
        scale = matrix[:, self.scale]
        return np.where(scale > _LEAST_SCALE, scale, 1.0)

    def difference(self, matrix: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what trees learn of a target: how many units it lies above its base."""
        return (target - self._base_of(matrix)) / self.scale_of(matrix)

    def target(self, matrix: NDArray[np.float64], said: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is forecast where trees say a difference; the reverse of `difference`."""
        if self.base is None and self.scale is None:
            return said
        return said * self.scale_of(matrix) + self._base_of(matrix)

    def _base_of(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.zeros(len(matrix)) if self.base is None else np.nan_to_num(matrix[:, self.base])


NOTHING: Final = Beside()
