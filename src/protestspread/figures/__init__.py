"""What the figure of a result shows, as data: the result describes it, and `pictures.figures` draws it."""

from .courses import Fan as Fan
from .courses import GroupMatrix as GroupMatrix
from .courses import StackedParts as StackedParts
from .courses import WorldBands as WorldBands
from .estimates import ComparedEstimates as ComparedEstimates
from .estimates import DayRanges as DayRanges
from .estimates import EstimateRows as EstimateRows
from .estimates import Estimates as Estimates
from .estimates import FittedChance as FittedChance
from .estimates import FittedLine as FittedLine
from .estimates import JoinersByDay as JoinersByDay
from .estimates import Scatter as Scatter
from .maps import MapCircle as MapCircle
from .maps import PlaceMap as PlaceMap
from .nulls import LimitGrid as LimitGrid
from .nulls import NullBand as NullBand
from .nulls import NullHistogram as NullHistogram
from .nulls import NullLadder as NullLadder
from .nulls import PlaceGrid as PlaceGrid
from .nulls import SeriesWithBand as SeriesWithBand

Figure = (
    NullHistogram
    | NullLadder
    | LimitGrid
    | PlaceGrid
    | PlaceMap
    | GroupMatrix
    | SeriesWithBand
    | Fan
    | StackedParts
    | WorldBands
    | Scatter
    | Estimates
    | ComparedEstimates
)
