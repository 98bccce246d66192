"""The experiments of labs 03 and 04: runs, fair pairs, sweeps, and the inside of a network."""
