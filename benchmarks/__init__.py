"""How fast faceguard is, how much memory it takes, and how far that is from what the machine can do.

`python -m benchmarks` lists what can be measured; docs/speed.md says how to read it.
"""
