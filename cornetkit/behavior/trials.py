"""Trials of a two-alternative task: what was shown, what else was offered, what was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, did_you_mean, listing
from ..inputs import check_input

COLUMNS = ("stimulus", "sample", "distractor", "choice")
_OTHER_NAMES = {"stimulus_id": "stimulus", "image_id": "stimulus", "sample_obj": "sample"}
_OTHER_NAMES |= {"dist_obj": "distractor", "distractor_obj": "distractor"}


def open_trials(source: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Open the trials of a two-alternative task.

    Parameters
    ----------
    source
        A CSV file or a DataFrame, one row a trial: ``stimulus`` (id), ``sample`` (the object that
        it shows), ``distractor`` (the other object offered), ``choice`` (one of the two), and
        anything else, such as ``subject``.

    Returns
    -------
    DataFrame
        The four columns as text, others as they are; rows numbered from 0.

    Raises
    ------
    FileError
        There is no such file.
    InputError
        A column is missing, a cell is empty, a choice was not offered, or a stimulus shows
        different objects.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("im1", "dog", "cat", "dog"), ("im1", "dog", "car", "car")]
    >>> len(open_trials(pd.DataFrame(rows, columns=["stimulus", "sample", "distractor", "choice"])))
    2
    """
    table, name = _table(source)
    table = table.rename(columns=lambda column: str(column).strip())
    renamed = {old: new for old, new in _OTHER_NAMES.items() if new not in table.columns}
    table = table.rename(columns=renamed).reset_index(drop=True)
    if missing := [column for column in COLUMNS if column not in table.columns]:
        columns = [str(column) for column in table.columns]
        raise InputError(
            f"{name} has the columns {listing(columns, 8)}, but no {listing(missing)}"
            f"{did_you_mean(missing[0], columns)}; expected one row a trial with "
            f"{', '.join(COLUMNS)}"
        )
    if not len(table):
        raise InputError(f"{name} holds no trials; expected one row a trial")
    text = table[list(COLUMNS)]
    blank = text.isna() | text.astype(str).apply(lambda column: column.str.strip() == "")
    if blank.to_numpy().any():
        row, column = np.argwhere(blank.to_numpy())[0]
        raise InputError(
            f"{name} has {int(blank.to_numpy().sum())} empty cells, the first in row {row + 1} "
            f"({COLUMNS[column]}); fill them in or leave these trials out"
        )
    table = table.assign(**{c: table[c].astype(str).str.strip() for c in COLUMNS})
    _check(table, name)
    return table


def _table(source: Any) -> tuple[pd.DataFrame, str]:
    if isinstance(source, pd.DataFrame):
        return source, "the table of trials"
    if not isinstance(source, (str, Path)):
        raise InputError(
            f"trials of type {type(source).__name__} were given; expected a CSV file or a "
            f"DataFrame with the columns {', '.join(COLUMNS)}"
        )
    path = Path(source)
    check_input(path, "file of trials", expected=f"expected a CSV with {', '.join(COLUMNS)}")
    try:
        # Ids stay as they stand: '0012' must not become 12, nor 'NA' missing.
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig"
        )
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is no CSV table ({reason}); expected one row a trial") from error
    return table, str(path)


def _check(table: pd.DataFrame, name: str) -> None:
    same = table["sample"] == table["distractor"]
    if same.any():
        row = int(np.flatnonzero(same)[0])
        raise InputError(
            f"{name}, row {row + 1}: sample and distractor are both '{table['sample'][row]}'; the "
            "distractor is the object that is not shown"
        )
    offered = (table["choice"] == table["sample"]) | (table["choice"] == table["distractor"])
    if not offered.all():
        row = int(np.flatnonzero(~offered)[0])
        pair = [table["sample"][row], table["distractor"][row]]
        raise InputError(
            f"{name}, row {row + 1}: the choice '{table['choice'][row]}' was not offered"
            f"{did_you_mean(table['choice'][row], pair)}; expected {pair[0]} or {pair[1]} "
            f"({int((~offered).sum())} such trials)"
        )
    shown = table.groupby("stimulus")["sample"].nunique()
    if (shown > 1).any():
        first = shown.index[shown > 1][0]
        objects = sorted(set(table.loc[table["stimulus"] == first, "sample"]))
        raise InputError(
            f"{name}: {int((shown > 1).sum())} stimuli show more than one object, such as {first} "
            f"({listing(objects)}); a stimulus has one sample"
        )
