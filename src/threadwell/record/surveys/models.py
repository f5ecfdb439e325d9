"""The family's models, one noun a file."""

from threadwell.record.surveys.survey import Survey

__all__ = ["Survey"]
