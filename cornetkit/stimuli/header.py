"""Whether a table's column names say what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError, listing


def check_header(path: Path, separator: str) -> None:
    """Refuse repeated names, of which pandas makes others (``angle``, ``angle.1``)."""
    import pandas as pd

    # `dtype` and the rest as where the table is read, so that names are split in the same way.
    first = pd.read_csv(
        path,
        sep=separator,
        header=None,
        nrows=1,
        dtype=str,
        keep_default_na=False,
        skipinitialspace=True,
        encoding="utf-8-sig",
    )
    names = [name for name in map(str.strip, first.iloc[0].astype(str)) if name]
    if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise InputError(
            f"{path} has more than one column called {listing(map(repr, repeated))}; give each "
            "column a name of its own"
        )


def check_near_names(path: Path, columns: Sequence[str]) -> None:
    """Refuse a column that is called almost ``stimulus_id`` or ``filename`` in place of it.

    Without it, ids are made of file names, or files are looked for by ids: others, maybe.
    """
    for wanted, like in (("stimulus_id", ("stimulusid", "imageid")), ("filename", ("filename",))):
        near = [c for c in columns if re.sub(r"[\s_-]", "", c).lower() in like]
        if near and wanted not in columns:
            raise InputError(
                f"{path} has the column '{near[0]}' and no column {wanted}; did you mean {wanted}? "
                "Give the column that name, or one that is less like it"
            )
