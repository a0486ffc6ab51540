"""Whole albums: photos in folders, protected one written file at a time.

`protecting` starts a `run`, which hands out what `work` comes to: an `outcome` for each photo, and its
`progress` meanwhile. `guard` says what protects the photos; `output_lock` keeps other runs out of the output
folder. `report` sums a run up, in the words of `report_text` and with the `limits` of what is promised.
"""
