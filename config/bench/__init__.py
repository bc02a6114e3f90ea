"""`make bench`: how long things take beside what PostgreSQL itself needs, in one run on one machine."""
