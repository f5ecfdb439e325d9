"""Dry runs: what would come of a changed rule, before it counts.

In:    a run that was begun
Out:   its page, asked for again every second while it runs
Touch: nothing
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse

from threadwell.flow.decide.rules import Rule
from threadwell.interfaces.web import rule_words
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page
from threadwell.interfaces.web.rules import PLACE
from threadwell.kit import ids
from threadwell.record.routing.models import DryRun
from threadwell.record.workplace.roles import May


@allowed(May.MANAGE)
def show(request: Request, run_id: UUID) -> HttpResponse:
    """GET .../settings/routing/runs/<id>/"""
    rows = DryRun.objects.of(request.workspace).select_related("rule", "by")
    run: DryRun | None = rows.filter(pk=run_id).first()
    if run is None:
        raise Http404
    return page(request, "routing/dry_run.html#run", _facts(request, run))


def _facts(request: Request, run: DryRun) -> dict[str, Any]:
    draft = Rule.of(id=ids.new(), version=ids.new(), name="", said=run.draft)
    names = rule_words.Names.of(request.workspace).with_organisations(request.workspace, [draft])
    changes = [
        {
            "before": rule_words.of_settled(row["before"], names),
            "after": rule_words.of_settled(row["after"], names),
            "count": row["count"],
            "examples": row["examples"],
        }
        for row in run.changes
    ]
    return {
        "run": run,
        "conditions": rule_words.of_conditions(draft.root, names) if draft.root else "",
        "results": rule_words.of_results(run.draft["results"], names),
        "changes": changes,
        "untold": run.changed - sum(row["count"] for row in changes),
        **PLACE,
    }
