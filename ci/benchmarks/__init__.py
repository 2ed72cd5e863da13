"""The benchmarks of ci/bench."""
