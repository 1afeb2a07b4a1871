"""Preloaded by the forkserver: imports everything that a standby of the ring has imported."""

from storytime.build.warm_up import warm_up

from . import contestants as contestants

warm_up()
