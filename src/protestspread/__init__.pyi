# The index of the house: every public name and where it lives. Nothing here is imported until it is used.

__version__: str

# tables, errors, geography
from .errors import CRSError as CRSError
from .errors import DataError as DataError
from .errors import DataWarning as DataWarning
from .errors import FileError as FileError
from .errors import FitError as FitError
from .errors import LostEventsWarning as LostEventsWarning
from .errors import ProtestSpreadError as ProtestSpreadError
from .errors import ProtestSpreadWarning as ProtestSpreadWarning
from .errors import SchemaError as SchemaError
from .geodesy import great_circle_km as great_circle_km
from .projection import equal_area_crs as equal_area_crs
from .tables import EVENT_TYPES as EVENT_TYPES
from .tables import check_cities as check_cities
from .tables import check_events as check_events
from .tables import check_flows as check_flows
from .tables import check_interventions as check_interventions
from .tables import check_links as check_links
from .tables import check_onsets as check_onsets
from .tables import check_panel as check_panel
from .tables import check_regions as check_regions

# reading and bundled cases
from .cases import Case as Case
from .cases import list_cases as list_cases
from .cases import load_case as load_case
from .readers.duplicates import Deduplication as Deduplication
from .readers.duplicates import deduplicate as deduplicate
from .readers.events import read_events as read_events
from .readers.events import write_events as write_events
from .readers.geography import read_cities as read_cities
from .readers.geography import read_links as read_links
from .readers.geography import read_regions as read_regions
from .readers.responses import read_coverage as read_coverage
from .readers.responses import read_flows as read_flows
from .readers.ranges import spread_dates as spread_dates
from .readers.regions import clip_regions as clip_regions
from .readers.regions import dissolve_regions as dissolve_regions
from .readers.regions import repair_regions as repair_regions
from .readers.responses import read_interventions as read_interventions
from .readers.screening import Screening as Screening
from .readers.screening import screen_events as screen_events

# places and panels
from .panels import active as active
from .panels import aggregate_panel as aggregate_panel
from .counting import count_events as count_events
from .panels import cumulative as cumulative
from .panels import in_force as in_force
from .panels import onset_intervals as onset_intervals
from .panels import onsets as onsets
from .panels import panel_to_long as panel_to_long
from .panels import per_capita as per_capita
from .panels import smooth as smooth
from .places import distances_km as distances_km
from .places import locate_events as locate_events
from .streaming import count_event_files as count_event_files

# the diffusion graph
from .gazetteer import match_places as match_places
from .graphs.diffusion import DiffusionGraph as DiffusionGraph
from .graphs.files import read_graph as read_graph
from .graphs.near import distance_graph as distance_graph
from .graphs.near import gravity_graph as gravity_graph
from .graphs.near import nearest_graph as nearest_graph
from .graphs.relations import border_graph as border_graph
from .graphs.relations import broadcast_graph as broadcast_graph
from .graphs.relations import hierarchy_graph as hierarchy_graph
from .graphs.relations import link_graph as link_graph
from .graphs.relations import similarity_graph as similarity_graph
from .graphs.tree import TransmissionTree as TransmissionTree
from .graphs.triangles import delaunay_graph as delaunay_graph
from .graphs.triangles import gabriel_graph as gabriel_graph

# statistics: did it spread?
from .inference.schemes import Circular as Circular
from .inference.schemes import Cities as Cities
from .inference.schemes import Dates as Dates
from .inference.schemes import Toroidal as Toroidal
from .inference.schemes import WithinStrata as WithinStrata
from .statistics.centers import StandardEllipse as StandardEllipse
from .statistics.centers import centers_over_time as centers_over_time
from .statistics.centers import mean_center as mean_center
from .statistics.centers import median_center as median_center
from .statistics.centers import standard_distance as standard_distance
from .statistics.centers import standard_ellipse as standard_ellipse
from .statistics.front import FrontResult as FrontResult
from .statistics.front import front_speed as front_speed
from .statistics.hierarchy import DiffusionDecomposition as DiffusionDecomposition
from .statistics.hierarchy import decompose_diffusion as decompose_diffusion
from .statistics.jacquez import jacquez_test as jacquez_test
from .statistics.knox import KnoxResult as KnoxResult
from .statistics.knox import knox_test as knox_test
from .statistics.knox_ladder import KnoxLadder as KnoxLadder
from .statistics.knox_ladder import knox_ladder as knox_ladder
from .statistics.mantel import mantel_test as mantel_test
from .statistics.max_knox import max_knox_test as max_knox_test
from .statistics.networks import NetworkComparison as NetworkComparison
from .statistics.networks import compare_networks as compare_networks
from .statistics.oada import OADAFit as OADAFit
from .statistics.oada import fit_oada as fit_oada
from .statistics.over_time import getis_ord_over_time as getis_ord_over_time
from .statistics.over_time import join_counts_over_time as join_counts_over_time
from .statistics.over_time import local_moran_over_time as local_moran_over_time
from .statistics.over_time import moran_over_time as moran_over_time
from .statistics.signatures import spread_signatures as spread_signatures
from .statistics.space_time_k import space_time_k as space_time_k
from .statistics.summaries import summarize_spread as summarize_spread
from .statistics.tada import TADAFit as TADAFit
from .statistics.tada import fit_tada as fit_tada

# models: worlds to check against
from .models.contagion import SI as SI
from .models.contagion import SIR as SIR
from .models.endemic_epidemic import EndemicEpidemicModel as EndemicEpidemicModel
from .models.ensembles import Ensemble as Ensemble
from .models.simulation import simulate as simulate
from .models.simulation import simulate_many as simulate_many

# pictures
from .pictures.classes import Classes as Classes
from .pictures.classes import classify as classify
from .pictures.frames import Frame as Frame
from .pictures.frames import frames as frames
from .pictures.animations import SpreadAnimation as SpreadAnimation
from .pictures.animations import animate_spread as animate_spread
from .pictures.choropleths import plot_choropleth as plot_choropleth
from .pictures.curves import plot_curve as plot_curve
from .pictures.small_multiples import plot_small_multiples as plot_small_multiples
from .pictures.timelines import plot_timeline as plot_timeline
from .pictures.heatmaps import plot_heatmap as plot_heatmap
from .pictures.drifts import plot_center_drift as plot_center_drift
from .pictures.networks import plot_networks as plot_networks
from .pictures.onsets import plot_onsets as plot_onsets
from .pictures.statistics import plot_over_time as plot_over_time
from .pictures.trees import plot_tree as plot_tree
from .pictures.flows import plot_flows as plot_flows
from .pictures.graphs import plot_graph as plot_graph
from .pictures.style import editable_text as editable_text
from .pictures.words import language as language
from .pictures.spread_map.folium_map import SpreadMap as SpreadMap
from .pictures.spread_map.api import choropleth_map as choropleth_map
from .pictures.spread_map.api import spread_map as spread_map
