"""Simulated worlds with two types of protest, A and B: without a response of B to A, and with one.

A maker returns a world, and for each of its reports whether it is of B.
"""

import numpy as np
from worlds import DAYS, PLACES, TRAPS, WITH, WITHOUT, World, any_day, place_them, protests, regions, wave


def drawn(make, share=0.4):
    """Types by chance, the same for all reports of a place and day."""

    def with_types(rng, shape):
        world = make(rng, shape)
        days, of_day = np.unique(np.column_stack([world.place, world.day]), axis=0, return_inverse=True)
        return world, (rng.random(len(days)) < share)[of_day.reshape(-1)]

    return with_types


def rows_apart(rng, shape):
    """Reports of one protest differ in type by chance."""
    world = WITHOUT["rows"][0](rng, shape)
    return world, rng.random(len(world.place)) < 0.4


def by_place(rng, shape):
    """Each place has its own share of B, under a national wave of campaigns."""
    world = WITHOUT["clumped wave"][0](rng, shape)
    return world, rng.random(len(world.place)) < rng.beta(0.8, 1.2, PLACES)[world.place]


def both(xy, population, a, b):
    """Return the world of A and B, each given by its places and days; days after the last are not seen."""
    place, day = np.concatenate([a, b], axis=1).astype(int)
    then = np.arange(len(day)) >= len(a[0])
    seen = (day >= 0) & (day < DAYS)
    return World(xy, population, regions(xy), place[seen], day[seen]), then[seen]


def national_order(rng, shape, together=0):
    """A national wave of A, and one of B five days later."""
    xy, population = place_them(rng, shape, together=together)
    a, b = (protests(rng, population, total=total) for total in (90, 60))
    return both(xy, population, (a, wave(rng, 90)), (b, wave(rng, 60) + 5))


def weekly_order(rng, shape, *, local=False):
    """A mostly on Saturdays, B mostly on Mondays; if local, each place in three weeks of its own."""
    xy, population = place_them(rng, shape)
    place, then = protests(rng, population, total=200), rng.random(200) < 0.4
    week = rng.integers(0, 10, PLACES)[place] + rng.integers(0, 3, 200) if local else rng.integers(0, 12, 200)
    day = 7 * week + np.where(rng.random(200) < 0.6, 5 + 2 * then, rng.integers(0, 7, 200))
    return both(xy, population, (place[~then], day[~then]), (place[then], day[then]))


def own_campaigns(rng, shape, *, length=4, numbers=(25, 20), share=1.0, together=0):
    """Campaigns of A and campaigns of B, at times of their own."""
    xy, population = place_them(rng, shape, together=together)

    def campaigns(number):
        place = protests(rng, population, total=number).repeat(length)
        day = (any_day(rng, number)[:, None] + np.arange(length)).ravel()
        kept = rng.random(len(day)) < share
        return place[kept], day[kept]

    return both(xy, population, *(campaigns(number) for number in numbers))


def persistent(rng, shape, *, begins=0.1, ends=0.12, places=8):
    """At a few places A goes on and off, and B at others or the same, both for a week or so."""
    xy, population = place_them(rng, shape)

    def spells():
        active = np.zeros((DAYS, places), dtype=bool)
        on = rng.random(places) < begins / (begins + ends)
        for today in active:
            today[:] = on = np.where(on, rng.random(places) > ends, rng.random(places) < begins)
        day, column = np.nonzero(active)
        return rng.choice(PLACES, places, replace=False)[column], day

    return both(xy, population, spells(), spells())


def bursts(rng, shape, *, width=4.0, later=0.0):
    """Each place is active about a time of its own; B `later` days after A."""
    xy, population = place_them(rng, shape)
    place, then = protests(rng, population), rng.random(150) < 0.4
    center = rng.integers(8, DAYS - 8, PLACES)
    day = np.rint(center[place] + later * then + rng.normal(0, width, len(place)))
    return both(xy, population, (place[~then], day[~then]), (place[then], day[then]))


def runs_in_bursts(rng, shape, *, close=True):
    """Each of 25 places has one run of A and one of B, side by side or within a few days, in any order."""
    xy, population = place_them(rng, shape)
    place = rng.choice(PLACES, 25, replace=False, p=population**0.7 / (population**0.7).sum())
    start, lengths = rng.integers(8, DAYS - 16, 25), rng.integers(1, 6, (2, 25))
    a_first = rng.random(25) < 0.5
    shift = (
        (np.where(a_first, 0, lengths[1]), np.where(a_first, lengths[0], 0)) if close else rng.integers(0, 8, (2, 25))
    )
    runs = [
        (place.repeat(length), np.concatenate([first + np.arange(n) for first, n in zip(start + offset, length, strict=True)]))
        for offset, length in zip(shift, lengths, strict=True)
    ]  # fmt: skip
    return both(xy, population, *runs)


def together(rng, shape, *, share=0.5, lags=(-3, -2, -1, 1, 2, 3)):
    """B is drawn to A: within days before it or after it, at the same place."""
    xy, population = place_them(rng, shape)
    place, day = protests(rng, population, total=100), any_day(rng, 100)
    drawn_to, alone = rng.random(100) < share, protests(rng, population, total=30)
    b_day = np.concatenate([day[drawn_to] + rng.choice(lags, drawn_to.sum()), any_day(rng, 30)])
    return both(xy, population, (place, day), (np.concatenate([place[drawn_to], alone]), b_day))


def regional_order(rng, shape):
    """Each region has a wave of its own, in which A comes first."""
    xy, population = place_them(rng, shape)
    place, region, then = protests(rng, population), regions(xy), rng.random(150) < 0.4
    day = np.rint(rng.integers(8, 80, region.max() + 1)[region[place]] + 2.5 * then + rng.normal(0, 1.5, len(place)))
    day = np.where(rng.random(len(place)) < 0.7, day, any_day(rng, len(place)))
    return both(xy, population, (place[~then], day[~then]), (place[then], day[then]))


def size_order(rng, shape):
    """Large places are active earlier and lie together; in each place, B comes four days after A."""
    world = WITHOUT["size × clumped"][0](rng, shape)
    then = rng.random(len(world.place)) < 0.4
    place, day = world.place, world.day + 4 * then
    return both(world.xy, world.population, (place[~then], day[~then]), (place[then], day[then]))


def entered_twice(rng, shape):
    """A tenth of the events of A are entered again as B, a day later."""
    world, then = drawn(WITHOUT["plain"][0])(rng, shape)
    again = ~then & (rng.random(len(then)) < 0.1)
    a, b = ((world.place[kind], world.day[kind]) for kind in (~then, then))
    copies = (world.place[again], world.day[again] + 1)
    return both(world.xy, world.population, a, np.concatenate([b, copies], axis=1))


def response(rng, shape, chance, *, km=0.0, campaign=1, alone=30, waves=False):
    """Each A has a B with some chance, one to three days later, at the same place or about `km` away."""
    xy, population = place_them(rng, shape)
    place = protests(rng, population, total=100 // campaign).repeat(campaign)
    start = wave(rng, 100 // campaign, 8) if waves else any_day(rng, 100 // campaign)
    day = (start[:, None] + np.arange(campaign)).ravel()
    answered = rng.random(len(day)) < chance
    b_place, b_day = place[answered], day[answered] + rng.integers(1, 4, answered.sum())
    if km:
        pull = np.exp(-np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)) / km)
        b_place = np.array([rng.choice(PLACES, p=pull[at] / pull[at].sum()) for at in b_place])
    others = protests(rng, population, total=alone), any_day(rng, alone)
    return both(xy, population, (place, day), np.concatenate([(b_place, b_day), others], axis=1))


def other_order(rng, shape):
    """A follows B."""
    world, then = response(rng, shape, 0.6)
    return world, ~then


TYPES_BY_CHANCE = {
    name: (drawn(make), f"{words}; types by chance")
    for name, (make, words) in (WITHOUT | TRAPS | {"contagion": WITH["contagion 0.4"]}).items()
}
NO_RESPONSE = {
    **TYPES_BY_CHANCE,
    "rows of both types": (rows_apart, "60 protests, each in 1 to 16 rows, whose types differ by chance"),
    "types by place": (by_place, "a national wave of campaigns; each place has its own share of B"),
    "national order": (national_order, "a national wave of A, and one of B five days later"),
    "national order, clumped": (
        lambda rng, shape: national_order(rng, shape, 1),
        "the same, and large places lie together",
    ),
    "weekly order": (weekly_order, "A mostly on Saturdays, B mostly on Mondays"),
    "own campaigns": (own_campaigns, "campaigns of four days of A and of B, at times of their own"),
    "own campaigns, clumped": (
        lambda rng, shape: own_campaigns(rng, shape, together=1),
        "the same, and large places lie together",
    ),
    "own campaigns, long": (
        lambda rng, shape: own_campaigns(rng, shape, length=20, numbers=(8, 8), share=0.5),
        "campaigns of ten days within twenty",
    ),
    "persistent": (persistent, "A and B go on and off for a week or so, at eight places each"),
    "bursts": (bursts, "each place is active about a time of its own; types by chance"),
    "runs side by side": (runs_in_bursts, "each place has one run of A and one of B, side by side, in any order"),
    "runs close together": (
        lambda rng, shape: runs_in_bursts(rng, shape, close=False),
        "each place has one run of A and one of B, within a few days, in any order",
    ),
    "drawn together": (together, "half of A has a B within three days before or after it"),
    "drawn together, strongly": (
        lambda rng, shape: together(rng, shape, share=0.9),
        "nine tenths of A have a B within three days before or after it",
    ),
    "on the same day": (
        lambda rng, shape: together(rng, shape, lags=(0,)),
        "half of A has a B at its place on its day",
    ),
    "other order": (other_order, "A follows B: six tenths of B have an A one to three days later"),
    "size, ordered": (size_order, "large places are active earlier and lie together; B comes four days after A"),
}
FOOLED = {
    "local order": (
        lambda rng, shape: bursts(rng, shape, width=1.2, later=2),
        "each place is active for a few days of its own, in which A comes first",
    ),
    "regional order": (regional_order, "each region has a wave of its own, in which A comes first"),
    "weekly order, local": (
        lambda rng, shape: weekly_order(rng, shape, local=True),
        "each place is active in three weeks of its own; A mostly on Saturdays, B mostly on Mondays",
    ),
    "entered twice": (entered_twice, "a tenth of A is entered again as B, a day later"),
}
RESPONSE = {
    **{
        f"response {chance}": (
            lambda rng, shape, chance=chance: response(rng, shape, chance),
            f"A has a B at its place after one to three days with chance {chance}",
        )
        for chance in (0.2, 0.4, 0.6)
    },
    **{
        f"response {chance}, near by": (
            lambda rng, shape, chance=chance: response(rng, shape, chance, km=40),
            f"the same, about 40 km away, with chance {chance}",
        )
        for chance in (0.2, 0.4, 0.6)
    },
    "response 0.4, campaigns": (
        lambda rng, shape: response(rng, shape, 0.4, campaign=4),
        "A has campaigns of four days; each of them has a B with chance 0.4",
    ),
    "response 0.4, wave": (
        lambda rng, shape: response(rng, shape, 0.4, waves=True),
        "A is a national wave; each has a B with chance 0.4",
    ),
}
TYPED = NO_RESPONSE | FOOLED | RESPONSE
