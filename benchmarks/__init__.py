"""What Storytime costs, and that nothing which stories do hurts it.

`python -m benchmarks` measures, `python -m benchmarks.soak` lays siege to a server. Both write what
they found into RESULTS.md with `--record`.
"""
