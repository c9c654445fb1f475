"""The points that a rate is fitted to, each with its name, so that they can be taken apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.gaps import Gap, point_names, points
from memwall_cli.trends.growth import Array
from memwall_cli.trends.series import Series

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """Dated values, each with a name; arrays of shape (n,)."""

    years: Array
    values: Array
    names: npt.NDArray[np.str_]

    @staticmethod
    def of(quantity: Series | Gap) -> "Sample":
        """Take the points of a series or gap.

        Examples
        --------
        >>> from memwall_cli.trends.series import load_series
        >>> str(Sample.of(load_series("interconnect-lane")).names[0])
        'pcie-1.0'
        """
        years, values = points(quantity)
        return Sample(years, values, np.array(point_names(quantity), dtype=np.str_))

    def take(self, which: Mask | npt.NDArray[np.int64]) -> "Sample":
        """Keep those that a mask or an index names."""
        return Sample(self.years[which], self.values[which], self.names[which])

    def like(self, other: "Sample") -> "Sample":
        """Keep those that another sample of unique names has too, in its order.

        Examples
        --------
        >>> some = Sample(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array(["a", "b"]))
        >>> some.like(some.take(np.array([1, 0]))).names.tolist()
        ['b', 'a']
        """
        _, i, j = np.intersect1d(self.names, other.names, return_indices=True)
        return self.take(i[np.argsort(j)])

    def over(self, other: "Sample") -> "Sample":
        """Divide point by point by a sample of the same names in the same order."""
        return Sample(self.years, self.values / other.values, self.names)


def is_record(years: Array, values: Array) -> Mask:
    """Mark what exceeds all that came before; of several on one day only the best can.

    Examples
    --------
    >>> is_record(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 3.0, 4.0, 2.0])).tolist()
    [True, False, True, False]
    """
    order = np.lexsort((-values, years))
    before = np.concatenate([[-np.inf], np.maximum.accumulate(values[order])])[:-1]
    found = np.zeros(len(values), dtype=bool)
    found[order] = values[order] > before
    return found
