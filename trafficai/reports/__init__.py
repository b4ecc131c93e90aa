"""What a comparison shows, for people: a single-file HTML report, and a picture of the result."""

from trafficai.reports.html import REPORT_FILE, render_html, write_report
from trafficai.reports.picture import render_picture, write_picture
from trafficai.reports.validation import render_validation, write_validation_report

__all__ = [
    "REPORT_FILE",
    "render_html",
    "render_picture",
    "render_validation",
    "write_picture",
    "write_report",
    "write_validation_report",
]
