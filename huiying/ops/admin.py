"""The runs of the worker's jobs, to look at among the rare tables (少改的表)."""

from huiying.ops.models import JobRun
from huiying.workbench.rare_tables import SITE, Table


class JobRuns(Table):
    list_display = ("name", "ran_at", "done_at", "took_ms", "outcome", "said")


SITE.register(JobRun, JobRuns)
