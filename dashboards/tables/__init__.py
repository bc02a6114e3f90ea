"""The tables and key figures of a page as its reader sees them, as CSV and XLSX."""
