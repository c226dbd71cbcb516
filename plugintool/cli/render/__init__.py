"""Renderers of ``report.Report``: one module a format, no decisions."""
