"""What instances cost at AWS: charges, and the bill that sums them."""

from dataclasses import dataclass

from course import prices

MORE = "(seconds of this machine: AWS counts the download of image and data as well)"


@dataclass(frozen=True)
class Charge:
    """Instances that ran: how many, of which type, for how many seconds."""

    name: str
    kind: str
    instance_type: str
    count: int
    seconds: float

    @property
    def dollars(self) -> float:
        """The price at AWS, in US dollars."""
        return prices.dollars(self.instance_type, self.seconds, self.count)


@dataclass(frozen=True)
class Bill:
    """Charges and their sum; prints as a table with the price list's date.

    `here` is whether their seconds were counted on this machine.
    """

    charges: tuple[Charge, ...]
    here: bool = False

    @property
    def dollars(self) -> float:
        """The sum in US dollars."""
        return sum(charge.dollars for charge in self.charges)

    @property
    def kinds(self) -> dict[str, float]:
        """US dollars of each kind of charge, the dearest first."""
        found: dict[str, float] = {}
        for charge in self.charges:
            found[charge.kind] = found.get(charge.kind, 0.0) + charge.dollars
        return dict(sorted(found.items(), key=lambda kind: -kind[1]))

    def __str__(self) -> str:
        width = max([9, *(len(charge.kind) for charge in self.charges)])
        rows = [
            f"{c.kind:<{width}} {c.name[:38]:<38} {c.count} x {c.instance_type:<12} "
            f"{c.seconds:6.0f} s  ${c.dollars:.5f}"
            for c in self.charges
        ]
        where = f"on demand, {prices.REGION}, {prices.SEEN}"
        total = f"total at AWS prices ({where}): ${self.dollars:.5f}"
        return "\n".join([*rows, total, *([MORE] if rows and self.here else [])])
