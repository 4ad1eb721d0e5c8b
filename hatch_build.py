"""Carry data/ into wheels, but not into editable installs, where a copy would go stale at the first edit."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "standard":
            build_data["force_include"]["data"] = "protestspread/data"
