"""Judges whether an LLM gateway keeps the contract that Databricks' Unity AI Gateway documents."""

__version__ = "0.1.0"
