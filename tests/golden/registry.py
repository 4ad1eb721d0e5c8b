"""The functions whose results are frozen, by name."""

from .worlds import WORLDS

PERMUTATIONS = {"permutations": 99, "rng": 1}
REPORTS = {"scheme": "dates", "unit": "reports"}
STRATA = {"scheme": "within_strata", "strata": "region_id"}
GOLDEN = {}


def golden(function):
    """Register a function of a world: one entry for each world."""
    for name, world in WORLDS.items():
        GOLDEN[f"{name}: {function.__name__}"] = lambda world=world: function(world())
    return function


def golden_each(**options):
    """Register a function of a world and one option: one entry for each world and option."""

    def register(function):
        for key, option in options.items():
            for name, world in WORLDS.items():
                entry = f"{name}: {function.__name__}, {key}"
                GOLDEN[entry] = lambda world=world, option=option: function(world(), option)
        return function

    return register
