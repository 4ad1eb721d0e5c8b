# Every public name and its module; each name is imported on first use.

__version__: str

# tables, errors, geography
from .errors import CRSError as CRSError
from .errors import DataError as DataError
from .errors import DataWarning as DataWarning
from .errors import ReportsWarning as ReportsWarning
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
from .readers.quality.duplicates import Deduplication as Deduplication
from .readers.quality.duplicates import deduplicate as deduplicate
from .readers.events import read_events as read_events
from .readers.events import write_events as write_events
from .readers.geography import read_cities as read_cities
from .readers.geography import read_links as read_links
from .readers.geography import read_regions as read_regions
from .readers.responses import read_coverage as read_coverage
from .readers.responses import read_flows as read_flows
from .readers.quality.date_ranges import resolve_date_ranges as resolve_date_ranges
from .readers.boundaries import clip_regions as clip_regions
from .readers.boundaries import dissolve_regions as dissolve_regions
from .readers.boundaries import repair_regions as repair_regions
from .readers.responses import read_interventions as read_interventions
from .readers.quality.screening import Screening as Screening
from .readers.quality.screening import screen_events as screen_events

# places and panels
from .interventions import interventions_in_force as interventions_in_force
from .interventions import share_in_force as share_in_force
from .panels import active as active
from .panels import aggregate_panel as aggregate_panel
from .counting import count_events as count_events
from .panels import cumulative as cumulative
from .waves import find_waves as find_waves
from .compiling import warmup as warmup
from .event_places import place_days as place_days
from .onset_dates import onset_intervals as onset_intervals
from .onset_dates import onsets as onsets
from .panels import panel_to_long as panel_to_long
from .panels import per_capita as per_capita
from .panels import smooth as smooth
from .places import distances_km as distances_km
from .places import locate_cities as locate_cities
from .places import locate_events as locate_events
from .streaming import count_event_files as count_event_files

# the diffusion graph
from .gazetteer import accept_matches as accept_matches
from .gazetteer import match_places as match_places
from .graphs.diffusion import DiffusionGraph as DiffusionGraph
from .graphs.diffusion import read_graph as read_graph
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

# exposure
from .exposures.exposure import exposure as exposure
from .exposures.person_days import person_days as person_days
from .exposures.spells import spells as spells
from .exposures.memories import Days as Days
from .exposures.memories import Decay as Decay
from .exposures.memories import Geometric as Geometric
from .exposures.memories import Lag as Lag
from .exposures.memories import Memory as Memory
from .exposures.memories import Since as Since

# statistics of spread
from .stats.interaction import schemes as schemes
from .stats.centrography.centers import StandardEllipse as StandardEllipse
from .stats.centrography.centers import centers_over_time as centers_over_time
from .stats.centrography.centers import mean_center as mean_center
from .stats.centrography.centers import median_center as median_center
from .stats.centrography.centers import standard_distance as standard_distance
from .stats.centrography.centers import standard_ellipse as standard_ellipse
from .stats.fronts.result import FrontResult as FrontResult
from .stats.fronts.front import front_speed as front_speed
from .models.hierarchy.model import HierarchicalDiffusionModel as HierarchicalDiffusionModel
from .models.hierarchy.result import DiffusionDecomposition as DiffusionDecomposition
from .models.hierarchy.hierarchy import decompose_diffusion as decompose_diffusion
from .stats.interaction.jacquez import jacquez_test as jacquez_test
from .stats.interaction.knox.knox import KnoxResult as KnoxResult
from .stats.interaction.knox.knox import knox_test as knox_test
from .stats.interaction.knox.knox_ladder import KnoxLadder as KnoxLadder
from .stats.interaction.knox.knox_ladder import knox_ladder as knox_ladder
from .stats.interaction.knox.local_knox import LocalKnox as LocalKnox
from .stats.interaction.knox.local_knox import local_knox as local_knox
from .stats.interaction.mantel import mantel_test as mantel_test
from .stats.interaction.knox.max_knox import max_knox_test as max_knox_test
from .stats.interaction.knox.response_result import ResponseResult as ResponseResult
from .stats.interaction.knox.response import response_test as response_test
from .stats.interaction.scan.result import ScanResult as ScanResult
from .stats.interaction.scan.scan import scan_statistic as scan_statistic
from .models.nbda.model import NetworkDiffusionModel as NetworkDiffusionModel
from .models.nbda.comparison import NetworkComparison as NetworkComparison
from .models.nbda.compare import compare_networks as compare_networks
from .models.nbda.oada import OADAFit as OADAFit
from .models.nbda.oada import fit_oada as fit_oada
from .stats.autocorrelation.getis_ord import getis_ord_over_time as getis_ord_over_time
from .stats.autocorrelation.join_counts import join_counts_over_time as join_counts_over_time
from .stats.autocorrelation.lagged import lagged_moran_over_time as lagged_moran_over_time
from .stats.autocorrelation.lagged_local import local_lagged_moran_over_time as local_lagged_moran_over_time
from .stats.autocorrelation.moran import local_moran_over_time as local_moran_over_time
from .stats.autocorrelation.moran import moran_over_time as moran_over_time
from .stats.signatures import spread_signatures as spread_signatures
from .stats.interaction.space_time_k import space_time_k_test as space_time_k_test
from .stats.summaries import summarize_spread as summarize_spread
from .models.nbda.tada import TADAFit as TADAFit
from .models.nbda.tada import fit_tada as fit_tada

# adoption
from .stats.adoption.hazard_rates import adoption_curve as adoption_curve
from .stats.adoption.hazard_rates import hazard_rates as hazard_rates
from .stats.adoption.infectiousness import infectiousness as infectiousness
from .stats.adoption.infectiousness import susceptibility as susceptibility
from .stats.adoption.attack_rate import SecondaryAttackRate as SecondaryAttackRate
from .stats.adoption.attack_rate import secondary_attack_rate as secondary_attack_rate
from .stats.adoption.growth_ratio import GrowthRatio as GrowthRatio
from .stats.adoption.growth_ratio import growth_ratio as growth_ratio
from .stats.adoption.peak import peak as peak
from .stats.adoption.structural_dependence import StructuralDependence as StructuralDependence
from .stats.adoption.structural_dependence import structural_dependence_test as structural_dependence_test
from .stats.adoption.thresholds import Thresholds as Thresholds
from .stats.adoption.thresholds import thresholds as thresholds

# models and simulation
from .models.hazards.event_history import fit_event_history as fit_event_history
from .models.hazards.fit import EventHistoryFit as EventHistoryFit
from .models.hazards.model import EventHistoryModel as EventHistoryModel
from .models.placebo import PlaceboTest as PlaceboTest
from .inference.likelihood.comparison import FitComparison as FitComparison
from .models.contagion.compartmental import SI as SI
from .models.contagion.compartmental import SIR as SIR
from .models.contagion.compartmental import SIS as SIS
from .models.contagion.compartmental import SEIR as SEIR
from .models.contagion.compartmental import SIRS as SIRS
from .models.contagion.adoption import ThresholdModel as ThresholdModel
from .models.contagion.adoption import CascadeModel as CascadeModel
from .models.rates import LogLinearRate as LogLinearRate
from .models.counts.endemic_epidemic import EndemicEpidemicModel as EndemicEpidemicModel
from .models.channels.channels import decompose_channels as decompose_channels
from .models.channels.result import ChannelDecomposition as ChannelDecomposition
from .models.counts.result import EndemicEpidemicFit as EndemicEpidemicFit
from .models.counts.fit import fit_endemic_epidemic as fit_endemic_epidemic
from .ensembles.ensemble import Ensemble as Ensemble
from .ensembles.files import read_ensemble as read_ensemble
from .models.terms import Terms as Terms
from .models.worlds import AttributesWorld as AttributesWorld
from .models.worlds import NullSpread as NullSpread
from .models.worlds import RegionalShockWorld as RegionalShockWorld
from .models.worlds import ReportingDelayWorld as ReportingDelayWorld
from .models.worlds import CommonDaysWorld as CommonDaysWorld
from .models.worlds import RegionalDaysWorld as RegionalDaysWorld
from .models.worlds import World as World
from .models.simulation import simulate as simulate
from .models.simulation import simulate_many as simulate_many

# forecasts and scores
from .forecasting.backtest import backtest as backtest
from .forecasting.forecast import forecast as forecast
from .forecasting.result import Backtest as Backtest
from .forecasting.joint_scores import area_under_curve as area_under_curve
from .forecasting.joint_scores import brier_score as brier_score
from .forecasting.scores import crps as crps
from .forecasting.scores import dawid_sebastiani_score as dawid_sebastiani_score
from .forecasting.joint_scores import energy_score as energy_score
from .forecasting.scores import interval_score as interval_score
from .forecasting.scores import log_score as log_score
from .forecasting.joint_scores import pit as pit
from .forecasting.joint_scores import variogram_score as variogram_score
from .forecasting.scores import weighted_interval_score as weighted_interval_score

# contagion and its rivals
from .falsification.falsify import falsify as falsify
from .falsification.result import Falsification as Falsification
from .falsification.rivals import Rival as Rival
from .falsification.size_cutoffs import size_cutoffs as size_cutoffs

# transmission trees
from .transmission.reproduction import Reproduction as Reproduction
from .transmission.reproduction import generation_time as generation_time
from .transmission.reproduction import reproduction as reproduction
from .transmission.trees import transmission_tree as transmission_tree

# after an act
from .falsification.change_after import change_after as change_after
from .falsification.change_result import ChangeAfter as ChangeAfter

# pictures
from .pictures.style.classes import Classes as Classes
from .pictures.style.classes import classify as classify
from .pictures.frames import Frame as Frame
from .pictures.frames import frames as frames
from .pictures.animation.animate import SpreadAnimation as SpreadAnimation
from .pictures.animation.animate import animate_spread as animate_spread
from .pictures.maps.choropleth import plot_choropleth as plot_choropleth
from .pictures.maps.point_map import plot_cities as plot_cities
from .pictures.charts.curve import plot_curve as plot_curve
from .pictures.maps.small_multiples import plot_small_multiples as plot_small_multiples
from .pictures.charts.timeline import plot_timeline as plot_timeline
from .pictures.charts.heatmap import plot_heatmap as plot_heatmap
from .pictures.maps.center_paths import plot_center_drift as plot_center_drift
from .pictures.charts.result_figures import plot_estimates as plot_estimates
from .pictures.charts.result_figures import plot_networks as plot_networks
from .pictures.maps.onsets import plot_onsets as plot_onsets
from .pictures.charts.result_figures import plot_over_time as plot_over_time
from .pictures.maps.tree import plot_tree as plot_tree
from .pictures.maps.flows import plot_flows as plot_flows
from .pictures.maps.graph import plot_graph as plot_graph
from .pictures.layout.labels import editable_text as editable_text
from .pictures.style.text import language as language
from .pictures.spread_map.folium_map import SpreadMap as SpreadMap
from .pictures.spread_map.api import choropleth_map as choropleth_map
from .pictures.spread_map.api import spread_map as spread_map
