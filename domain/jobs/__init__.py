"""Timed jobs as rows: which there are, who won which run, what became of it, who asked for one."""
