"""The speed of diffviz, each figure beside its yardstick: ``python -m tests.bench --help``."""
