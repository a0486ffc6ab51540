"""`python -m faceguard` is `faceguard`."""

from faceguard.cli import main

raise SystemExit(main())
