"""The difference between two shares, with its uncertainty, or the honest word that there are too few to say."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

#: Members that each group must have before a difference is told at all.
FEW = 10

#: The quantile of the normal distribution for 95 in 100.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of the first group minus share of the second, in [-1, 1], and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Does the interval leave zero out?"""
        return self.low > 0 or self.high < 0


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; everything is possible of nobody."""
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    reach = Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def difference(hits: int, of: int, other_hits: int, other_of: int) -> Difference | None:
    """Newcombe's interval of the difference (his method 10, from Wilson's intervals); None: too few to say.

    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17 (1998), 873-890.
    """
    if min(of, other_of) < FEW:
        return None
    one, other = hits / of, other_hits / other_of
    (low, high), (other_low, other_high) = interval(hits, of), interval(other_hits, other_of)
    down = sqrt((one - low) ** 2 + (other_high - other) ** 2)
    up = sqrt((high - one) ** 2 + (other - other_low) ** 2)
    return Difference(one - other, max(-1.0, one - other - down), min(1.0, one - other + up))
