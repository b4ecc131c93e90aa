"""What a comparison shows, for people: a single-file HTML report, and a picture of the result."""

from trafficai.reports.html import REPORT_FILE, render_html, write_report
from trafficai.reports.picture import render_picture, write_picture

__all__ = ["REPORT_FILE", "render_html", "render_picture", "write_picture", "write_report"]
