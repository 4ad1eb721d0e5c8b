"""Simulated worlds without spread that look like it, and worlds with contagion, for the tests of interaction.

A world is a set of places with populations, positions, regions and reports (place, day), over 90 days. Its name says what acts.
"""

from dataclasses import dataclass

import numpy as np

PLACES, DAYS, PROTESTS, SIDE = 40, 90, 150, 500.0


@dataclass
class World:
    """Places, and reports of protest at them."""

    xy: np.ndarray  # kilometers
    population: np.ndarray
    region: np.ndarray
    place: np.ndarray  # of each report
    day: np.ndarray

    def km(self):
        return np.hypot(*(self.xy[:, None] - self.xy).transpose(2, 0, 1))

    def counts(self):
        """Active place-days, shape (days, places)."""
        active = np.zeros((DAYS, len(self.xy)))
        np.add.at(active, (self.day, self.place), 1)
        return active


def positions(rng, shape):
    """Clustered places on a plain, or along a coast."""
    if shape == "coast":
        x = np.sort(rng.uniform(0, 3 * SIDE, PLACES))
        return np.column_stack([x, rng.uniform(0, 30, PLACES)])
    centers = rng.uniform(0, SIDE, (12, 2))
    return np.clip(centers[rng.integers(0, 12, PLACES)] + rng.normal(0, 35, (PLACES, 2)), 0, SIDE)


def regions(xy, shift=0.0):
    """Quarters of the plain, or of the coast; `shift` moves their borders by a share of their width."""
    width = np.ptp(xy[:, 0]) / (4 if np.ptp(xy[:, 1]) < 40 else 2) + 1e-9
    cell = np.floor((xy - xy.min(axis=0)) / width + shift).astype(int)
    return np.unique(cell @ np.array([100, 1 if np.ptp(xy[:, 1]) >= 40 else 0]), return_inverse=True)[1]


def place_them(rng, shape, *, together=0, noise=0.2):
    """Return positions and populations; `together` = 1 lets large places lie together, -1 small ones, up to some noise."""
    xy = positions(rng, shape)
    population = np.round(1e4 * rng.pareto(1.1, PLACES) + 5e3)
    if together:
        middle = xy[rng.integers(0, PLACES)]
        apart = np.hypot(*(xy - middle).T)
        apart += rng.normal(0, noise * apart.max(), PLACES)
        population = np.sort(population)[::-together][np.argsort(np.argsort(apart))]
    return xy, population


def protests(rng, population, power=0.7, total=PROTESTS):
    """Return the place of each protest; larger places have more."""
    share = population**power
    return rng.choice(PLACES, total, p=share / share.sum())


def any_day(rng, count):
    return rng.integers(0, DAYS, count)


def wave(rng, count, width=6.0):
    return np.clip(np.rint(rng.normal(DAYS / 2, width, count)), 0, DAYS - 1).astype(int)


def plain(rng, shape):
    xy, population = place_them(rng, shape)
    place = protests(rng, population)
    return World(xy, population, regions(xy), place, any_day(rng, len(place)))


def rows(rng, shape):
    """60 independent protests, each reported in several rows."""
    xy, population = place_them(rng, shape)
    place = protests(rng, population, total=60)
    copies = np.minimum(rng.geometric(0.35, 60), 16)
    return World(xy, population, regions(xy), place.repeat(copies), any_day(rng, 60).repeat(copies))


def campaigns(rng, shape, together=0):
    """Each place has campaigns of its own, of four days."""
    xy, population = place_them(rng, shape, together=together)
    place = protests(rng, population, total=50)
    day = any_day(rng, 50)
    run = np.minimum(day[:, None] + np.arange(4), DAYS - 1)
    return World(xy, population, regions(xy), place.repeat(4), run.ravel())


def clumped(rng, shape):
    """Large places lie together; protest by chance."""
    xy, population = place_them(rng, shape, together=1)
    place = protests(rng, population)
    return World(xy, population, regions(xy), place, any_day(rng, len(place)))


def clumped_wave(rng, shape):
    """Large places lie together, under a national wave of campaigns."""
    xy, population = place_them(rng, shape, together=1)
    place = protests(rng, population, total=50)
    run = np.minimum(wave(rng, 50)[:, None] + np.arange(4), DAYS - 1)
    return World(xy, population, regions(xy), place.repeat(4), run.ravel())


def size_clumped(rng, shape, slope=45, spread=8, noise=0.2):
    """Large places protest earlier and lie together: hierarchical diffusion without contagion."""
    xy, population = place_them(rng, shape, together=1, noise=noise)
    place = protests(rng, population)
    rank = np.argsort(np.argsort(-population)) / PLACES
    day = np.clip(np.rint(10 + slope * rank[place] + rng.normal(0, spread, len(place))), 0, DAYS - 1).astype(int)
    return World(xy, population, regions(xy), place, day)


def smallclump(rng, shape):
    """Small places lie together, under a sharp wave."""
    xy, population = place_them(rng, shape, together=-1)
    place = protests(rng, population)
    return World(xy, population, regions(xy), place, wave(rng, len(place), 3))


def size(rng, shape):
    """The order of onsets is drawn with population to the power of 0.96; each place then goes on for a while."""
    xy, population = place_them(rng, shape)
    order = np.argsort(rng.exponential(size=PLACES) / population**0.96)
    first = np.empty(PLACES, dtype=int)
    first[order] = np.linspace(0, DAYS - 10, PLACES).astype(int)
    lasting = rng.geometric(0.3, PLACES)
    place = np.arange(PLACES).repeat(lasting)
    later = np.concatenate([np.sort(rng.integers(0, 10, n)) for n in lasting])
    return World(xy, population, regions(xy), place, np.minimum(first[place] + later, DAYS - 1))


def delay(rng, shape):
    """A national wave, reported later in small places."""
    xy, population = place_them(rng, shape, together=1)
    place = protests(rng, population)
    late = rng.poisson(1.2 * (population / np.exp(np.log(population).mean())) ** -0.8)
    return World(xy, population, regions(xy), place, np.minimum(wave(rng, len(place), 3) + late[place], DAYS - 1))


def regional(rng, shape):
    """Each region has a shock of its own; the regions are the strata."""
    xy, population = place_them(rng, shape)
    place, region = protests(rng, population), regions(xy)
    day = np.rint(any_day(rng, region.max() + 1)[region[place]] + rng.normal(0, 4, len(place))).astype(int) % DAYS
    return World(xy, population, region, place, np.where(rng.random(len(place)) < 0.6, day, any_day(rng, len(place))))


def regional_off(rng, shape):
    """Each region has a shock of its own; the strata are others."""
    world = regional(rng, shape)
    world.region = regions(world.xy, 0.5)
    return world


def double(rng, shape):
    """5% of the reports are entered a second time, under the nearest other place."""
    world = plain(rng, shape)
    km = world.km() + np.diag(np.full(PLACES, np.inf))
    again = rng.random(len(world.place)) < 0.05
    world.place = np.concatenate([world.place, km.argmin(axis=1)[world.place[again]]])
    world.day = np.concatenate([world.day, world.day[again]])
    return world


def start(rng, shape):
    """No spread, but three neighbors are the first, on one day."""
    world = plain(rng, shape)
    near = np.argsort(world.km()[rng.integers(0, PLACES)])[:3]
    world.day = np.maximum(world.day, 1)
    world.place, world.day = np.concatenate([world.place, near]), np.concatenate([world.day, np.zeros(3, dtype=int)])
    return world


def shock(rng, shape):
    xy, population = place_them(rng, shape)
    place = protests(rng, population)
    day = np.where(rng.random(len(place)) < 0.6, rng.integers(0, DAYS), any_day(rng, len(place)))
    return World(xy, population, regions(xy), place, day)


def weekday(rng, shape):
    xy, population = place_them(rng, shape)
    place, weight = protests(rng, population), np.where(np.arange(DAYS) % 7 >= 5, 6.0, 1.0)
    return World(xy, population, regions(xy), place, rng.choice(DAYS, len(place), p=weight / weight.sum()))


def trend(rng, shape):
    """Protest grows in the whole country."""
    xy, population = place_them(rng, shape)
    place, weight = protests(rng, population), np.exp(3 * np.arange(DAYS) / DAYS)
    return World(xy, population, regions(xy), place, rng.choice(DAYS, len(place), p=weight / weight.sum()))


def drift(rng, shape):
    """Reporting moves from west to east."""
    xy, population = place_them(rng, shape)
    place = protests(rng, population)
    east = (xy[:, 0] - xy[:, 0].min()) / np.ptp(xy[:, 0])
    day = np.rint(DAYS * (0.2 + 0.6 * east[place]) + rng.normal(0, 20, len(place))).astype(int) % DAYS
    return World(xy, population, regions(xy), place, day)


def heaped(rng, shape):
    """Half of the dates are entered as the first or the fifteenth."""
    world = plain(rng, shape)
    heap = np.where(world.day % 30 < 15, world.day // 30 * 30, world.day // 30 * 30 + 14)
    world.day = np.where(rng.random(len(heap)) < 0.5, heap, world.day)
    return world


def reach(rng, shape):
    """Places near the origin are likelier to join; their days tell nothing."""
    xy, population = place_them(rng, shape)
    far = np.hypot(*(xy - xy[rng.integers(0, PLACES)]).T)
    joins = rng.random(PLACES) < np.exp(-far / (0.5 * far.max()))
    chosen = np.flatnonzero(joins) if joins.sum() >= 10 else np.argsort(far)[:12]
    place = rng.choice(chosen, PROTESTS)
    return World(xy, population, regions(xy), place, any_day(rng, PROTESTS))


def contagion(rng, shape, offspring, together=0):
    """Protests cause others in places about 40 km away, after 1 to 4 days."""
    xy, population = place_them(rng, shape, together=together)
    km = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    pull = np.exp(-km / 40) * population**0.5 * ~np.eye(PLACES, dtype=bool)
    found = []
    while len(found) < PROTESTS:
        family = [(int(protests(rng, population, total=1)[0]), int(any_day(rng, 1)[0]))]
        for place, day in family:  # the list grows during iteration
            count = rng.poisson(offspring)
            where = rng.choice(PLACES, count, p=pull[place] / pull[place].sum())
            family.extend(
                (int(there), day + int(later)) for there, later in zip(where, rng.integers(1, 5, count), strict=True)
            )
        found += [(place, day) for place, day in family if day < DAYS]
    place, day = np.array(found)[rng.permutation(len(found))[:PROTESTS]].T
    return World(xy, population, regions(xy), place, day)


WITHOUT = {
    "plain": (plain, "larger places have more protests; days by chance"),
    "rows": (rows, "60 protests, each in 1 to 16 rows"),
    "campaigns": (campaigns, "each place has campaigns of four days"),
    "clumped": (clumped, "large places lie together"),
    "clumped campaigns": (lambda rng, shape: campaigns(rng, shape, 1), "campaigns, and large places lie together"),
    "clumped wave": (clumped_wave, "a national wave of campaigns, and large places lie together"),
    "size": (size, "the order of onsets is drawn with population to the power of 0.96"),
    "size × clumped": (size_clumped, "large places protest earlier and lie together"),
    "smallclump": (smallclump, "small places lie together, under a sharp wave"),
    "delay": (delay, "a wave, reported later in small places; large places lie together"),
    "regional": (regional, "each region has a shock of its own; the regions are the strata"),
    "start": (start, "three neighbors are the first, on one day"),
    "shock": (shock, "60% of all protests on one day"),
    "weekday": (weekday, "six times as many protests on weekend days"),
    "trend": (trend, "protest grows in the whole country"),
    "heaped": (heaped, "half of the dates are the first or the fifteenth"),
    "reach": (reach, "places near the origin are likelier to join; days by chance"),
}
TRAPS = {
    "size × clumped, steep": (
        lambda rng, shape: size_clumped(rng, shape, 60, 6, 0.03),
        "places lie in the order of their size, and protest in this order",
    ),
    "regional_off": (regional_off, "each region has a shock of its own; the strata are other regions"),
    "double": (double, "5% of the reports are entered again under the nearest other place"),
    "drift": (drift, "reporting moves from west to east"),
}
WITH = {
    f"contagion {offspring}": (
        lambda rng, shape, offspring=offspring: contagion(rng, shape, offspring),
        f"{offspring} further protests per protest, about 40 km away, after 1 to 4 days",
    )
    for offspring in (0.2, 0.4, 0.6)
} | {
    "contagion 0.4, clumped": (
        lambda rng, shape: contagion(rng, shape, 0.4, together=1),
        "0.4 further protests, and large places lie together",
    )
}
EVERY = WITHOUT | TRAPS | WITH


def planted(rng, shape, extra):
    """`extra` active days more at five neighbors within four days."""
    world = plain(rng, shape)
    near, first = np.argsort(world.km()[rng.integers(0, PLACES)])[:5], rng.integers(0, DAYS - 4)
    cell = rng.choice(20, extra, replace=False)
    world.place = np.concatenate([world.place, near[cell // 4]])
    world.day = np.concatenate([world.day, first + cell % 4])
    return world


PLANTED = {
    f"planted {extra}": (
        lambda rng, shape, extra=extra: planted(rng, shape, extra),
        f"{extra} further place-days at five neighbors within four days",
    )
    for extra in (8, 12)
}
