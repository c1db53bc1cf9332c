"""What the row counts of LOGITS and LABELS make of first rows that may be names or data."""

from __future__ import annotations

from collections.abc import Sequence

from xent_cli.arrays.text.header import DATA, NAMES, UNSETTLED, Header
from xent_cli.errors import DataError
from xent_cli.records import record

_LEAST_LINES = 3


@record
class Counted:
    """A file whose rows are counted.

    Attributes:
        name: the file.
        header: what its first row is; None for an array, whose rows are all data.
        lines: its rows, the first one included; None where they are not to be compared.
    """

    name: str
    header: Header | None
    lines: int | None

    @property
    def readings(self) -> tuple[str, ...]:
        """What row counts may make of the first row; a 0 over one row says too little."""
        short = self.reading == DATA and self.lines is not None and self.lines < _LEAST_LINES
        if self.header is None or self.header.certain or short:
            return (self.reading,)
        return (NAMES, DATA)

    @property
    def reading(self) -> str:
        """What the first row is by itself."""
        return DATA if self.header is None else self.header.reading

    def rows(self, reading: str) -> int | None:
        """How many rows of data there are."""
        return None if self.lines is None else self.lines - (reading == NAMES)

    def read_as(self, reading: str, by: str) -> Header | None:
        """Its header, where row counts have settled it."""
        if self.header is None or reading == self.header.reading:
            return self.header
        columns = self.header.names if reading == NAMES else None
        return Header(reading, True, by, columns)


def needs_count(header: Header) -> bool:
    """Whether the rows are to be counted before the text is read: one pass over its lines."""
    return header.reading == UNSETTLED or (not header.certain and header.names == ("0",))


def settle(logits: Counted, labels: Counted | None = None) -> tuple[Header | None, Header | None]:
    """What the first rows of LOGITS and LABELS are, once their rows are counted.

    Counts that fit only one reading decide, also against a header of numbers that was certain.

    Args:
        logits: LOGITS, or the only file.
        labels: LABELS; of labels in one row, `lines` is how many there are.

    Returns:
        The headers, `names` or `data`; None for an array.

    Raises:
        DataError: the counts fit both readings of an unsettled first row, or none.

    >>> names = Header(UNSETTLED, False, "it is 0..1", None, ("0", "1"))
    >>> labels = Header(DATA, True, "")
    >>> settle(Counted("x.csv", names, 4), Counted("y.csv", labels, 3))[0].columns
    ('0', '1')
    """
    if labels is None:
        labels = Counted("", None, None)
    pairs = _fitting(logits, labels)
    own = (logits.reading, labels.reading)
    if UNSETTLED not in own and (own in pairs or not pairs):
        return logits.header, labels.header
    naming = [pair for pair in pairs if _keeps_names(pair, own)] or pairs
    if len(naming) != 1:
        raise _refusal(logits, labels, pairs)
    first, second = naming[0]
    return (
        logits.read_as(first, f"only so has it as many rows as {labels.name}"),
        labels.read_as(second, f"only so has it as many rows as {logits.name}"),
    )


def _fitting(logits: Counted, labels: Counted) -> list[tuple[str, str]]:
    """The readings of both by which they have as many rows."""
    return [
        (first, second)
        for first in logits.readings
        for second in labels.readings
        if logits.rows(first) is not None and logits.rows(first) == labels.rows(second)
    ]


def _keeps_names(pair: tuple[str, str], own: tuple[str, str]) -> bool:
    """Whether what is names by itself stays so."""
    return all(now == NAMES for now, before in zip(pair, own, strict=True) if before == NAMES)


def _refusal(logits: Counted, labels: Counted, pairs: Sequence[tuple[str, str]]) -> DataError:
    """Names the first row that is not settled, and the flags for each way to read it."""
    of_labels = logits.reading != UNSETTLED
    file = labels if of_labels else logits
    assert file.header is not None
    message = f"{file.name}: the first row may be column names or data: {file.header.reason}"
    if pairs:
        message += f"; {logits.name} and {labels.name} have as many rows either way"
    if of_labels:
        names, data = "--labels-header", "--no-labels-header"
    else:
        other = None if labels.header is None else labels.reading
        names = _flags(NAMES, NAMES if pairs and other else other)
        data = _flags(DATA, DATA if pairs and other else other)
    return DataError(message, f"{names} reads it as names, {data} as data")


def _flags(logits: str, labels: str | None) -> str:
    """The flags for a reading of LOGITS that leave LABELS as they are: --header is for both."""
    flag = "--header" if logits == NAMES else "--no-header"
    if labels in (None, UNSETTLED, logits):
        return flag
    return f"{flag} {'--labels-header' if labels == NAMES else '--no-labels-header'}"
