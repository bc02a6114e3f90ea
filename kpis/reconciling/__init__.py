from kpis.reconciling.nights import check_next, check_now, checks_wait, night_of, start_night

__all__ = ["check_next", "check_now", "checks_wait", "night_of", "start_night"]
