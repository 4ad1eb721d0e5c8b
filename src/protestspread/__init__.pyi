# The index of the house: every public name and where it lives. Nothing here is imported until it is used.

# tables, errors, geography
from .errors import CRSError as CRSError
from .errors import DataError as DataError
from .errors import DataWarning as DataWarning
from .errors import FileError as FileError
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
from .readers.events import read_events as read_events
from .readers.geography import read_cities as read_cities
from .readers.geography import read_links as read_links
from .readers.geography import read_regions as read_regions
from .readers.responses import read_coverage as read_coverage
from .readers.responses import read_flows as read_flows
from .readers.responses import read_interventions as read_interventions

# places and panels
from .panels import active as active
from .panels import aggregate_panel as aggregate_panel
from .counting import count_events as count_events
from .panels import cumulative as cumulative
from .panels import in_force as in_force
from .panels import onsets as onsets
from .panels import panel_to_long as panel_to_long
from .panels import per_capita as per_capita
from .panels import smooth as smooth
from .places import distances_km as distances_km
from .places import locate_events as locate_events

# pictures
from .pictures.classes import Classes as Classes
from .pictures.classes import classify as classify
from .pictures.frames import Frame as Frame
from .pictures.frames import frames as frames
