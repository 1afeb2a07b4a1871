"""Benchmarks and a soak test.

`python -m benchmarks` measures speed and memory; `python -m benchmarks.soak` serves a catalog under
random edits and hostile stories. With `--record` both write their results into RESULTS.md.
"""
