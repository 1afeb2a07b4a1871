"""The tests of Storytime: real files, real processes, real interpreters."""
