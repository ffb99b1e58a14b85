# SPDX-License-Identifier: MIT
# tests/examples/check_logs.py - pandas reads a run's log.csv, and what dcgan --json has printed, as they are.
import sys

import pandas

csv = pandas.read_csv(sys.argv[1], index_col="step")
lines = pandas.read_json(sys.argv[2], lines=True)
steps = lines[lines.event == "step"].set_index("step")
assert list(csv.index) == [1, 2, 3] == list(steps.index), (csv.index, steps.index)
assert all(pandas.api.types.is_numeric_dtype(kind) for kind in csv.dtypes), csv.dtypes
assert csv.real_wrong.isna().all() and steps.real_wrong.isna().all()  # no such pairs are shown: empty, and null
for name in csv.columns.drop("real_wrong"):
    assert (abs(csv[name] - steps[name]) <= 1e-5 * abs(steps[name]) + 1e-3 * (name == "seconds")).all(), name
print(f"{len(csv.columns)} columns of {len(csv)} steps, and {len(lines)} events read by pandas")
