"""Migrations that come when the tables are spread: new tables, keys, columns; and back again."""

from tests.operations.place import Place
from tests.scale.conftest import NAME, asked
from threadwell.config import databases
from threadwell.config.reading import DatabaseAddress

MIGRATION = """
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from threadwell.kit import ids
from threadwell.kit.row_security import walled
from threadwell.kit.tenancy import WorkspaceKey

workspace = models.ForeignKey("workplace.workspace", models.DO_NOTHING, related_name="+", db_index=False)
table = migrations.CreateModel(
    name="Later",
    fields=[
        ("id", models.UUIDField(default=ids.new, primary_key=True)),
        ("name", models.CharField(max_length=60)),
        ("team", WorkspaceKey("workplace.team", models.DB_CASCADE)),
        ("user", models.ForeignKey("workplace.user", models.DO_NOTHING, null=True, related_name="+")),
        ("workspace", workspace),
    ],
    options={
        "constraints": [models.UniqueConstraint(fields=["workspace", "name"], name="later_name")],
        "indexes": [models.Index(fields=["workspace", "team"], name="later_team")],
    },
)
STEPS = [
    [table, walled("work_later")],
    [
        migrations.AddField("later", "before", WorkspaceKey("work.later", models.DO_NOTHING, null=True)),
        migrations.AddField("later", "told", models.TextField(default="")),
        migrations.AddIndex("later", models.Index(fields=["workspace", "told"], name="later_told")),
    ],
    [migrations.AddField("workitem", "later", WorkspaceKey("work.later", models.DB_CASCADE, null=True))],
]

states, state = [], ProjectState.from_apps(apps)
for number, operations in enumerate(STEPS):
    step = migrations.Migration(f"later_{number}", "work")
    step.operations = operations
    states.append((step, state.clone()))
    if "FORWARDS" == DIRECTION:
        with connection.schema_editor(atomic=True) as editor:
            state = step.apply(state, editor)
    else:
        state = step.mutate_state(state)
if "BACKWARDS" == DIRECTION:
    for step, before in reversed(states):
        with connection.schema_editor(atomic=True) as editor:
            step.unapply(before, editor)
"""
KEYS = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
    " AND (conrelid = to_regclass('work_later') OR confrelid = to_regclass('work_later')) ORDER BY 1"
)
THERE = "SELECT to_regclass('work_later') IS NOT NULL"
SEEN = "SELECT count(*) FROM work_later"


def migrated(spread: Place, direction: str) -> None:
    owner = Place(home=spread.home, environment={**spread.environment, databases.OWNER_SWITCH: "yes"})
    owner.run("manage", "shell", "--no-imports", "--command", f"DIRECTION = '{direction}'\n{MIGRATION}")


def test_a_table_that_comes_later_is_spread_with_its_keys(
    spread: Place, coordinator: DatabaseAddress
) -> None:
    there = databases.url(coordinator, name=NAME)
    migrated(spread, "FORWARDS")
    try:
        keys = [str(told) for (told,) in asked(there, KEYS)]
        led = [told for told in keys if "(workspace_id, " in told.partition("REFERENCES")[0]]
        assert len(keys) == 5
        assert [told.partition("REFERENCES ")[2].partition("(")[0] for told in led] == [
            *("work_later", "work_later", "workplace_team")
        ]
        assert all(told.partition("REFERENCES")[2].count("(workspace_id, id)") == 1 for told in led)
        spread.run("migrate", "--quiet")  # rights and walls are brought along
        said = spread.run("scale", "check")
        assert "work_later: distributed" in said
        assert "Nothing to do" in spread.run("scale", "distribute")
    finally:
        migrated(spread, "BACKWARDS")
    assert asked(there, THERE) == [(False,)]
