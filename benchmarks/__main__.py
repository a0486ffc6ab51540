"""`python -m benchmarks NAME`."""

import os

# As the command line of faceguard does it, and for its reason: read when PyTorch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from benchmarks.command import main

raise SystemExit(main())
