"""Customers and work are found without accents, and with them; by an index, however many there are."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from tests import cast
from tests.conftest import as_owner
from threadwell.kit import tenancy, words
from threadwell.record.fields.models import define
from threadwell.record.people import by_parts, lists
from threadwell.record.people.models import Contact, Identity, Organisation
from threadwell.record.work import finding, shipped
from threadwell.record.work.models import WorkItem, WorkItemType
from threadwell.record.workplace.models import Workspace

NAMES = (
    *("Jörg Müller", "Łódź Kowalska", "Straße Ærlig", "Søren Åkesson", "İpek Işık", "Thor Þórðarson"),
    *(
        "Ёлкин Андрей",
        "Άννα Παπαδοπούλου",
        "佐藤 花子",
        "ガード",
        "カート",
        "สมชาย",
        "김철수",
        "محمد",
        "Zoe\u0308",
    ),
)


@pytest.fixture
def firm(db: None) -> Iterator[Workspace]:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        for name in NAMES:
            Contact.objects.create(workspace=workspace, name=name)
        Organisation.objects.create(workspace=workspace, name="Žilina Straßenbau GmbH")
        yield workspace


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("jorg", "Jörg Müller"),
        ("Jörg", "Jörg Müller"),
        ("JÖRG", "Jörg Müller"),
        ("jo\u0308rg", "Jörg Müller"),
        ("muller", "Jörg Müller"),
        ("muller jorg", "Jörg Müller"),
        ("strasse", "Straße Ærlig"),
        ("straße", "Straße Ærlig"),
        ("STRASSE", "Straße Ærlig"),
        ("aerlig", "Straße Ærlig"),
        ("lodz", "Łódź Kowalska"),
        ("łódź", "Łódź Kowalska"),
        ("ŁÓDŹ", "Łódź Kowalska"),
        ("lo", "Łódź Kowalska"),
        ("soren akesson", "Søren Åkesson"),
        ("ipek isik", "İpek Işık"),
        ("thordarson", "Thor Þórðarson"),
        ("ｊｏｒｇ", "Jörg Müller"),
        ("елкин", "Ёлкин Андрей"),
        ("андрей", "Ёлкин Андрей"),
        ("αννα", "Άννα Παπαδοπούλου"),
        ("花子", "佐藤 花子"),
        ("ガード", "ガード"),
        ("ｶﾞｰﾄﾞ", "ガード"),
        ("カート", "カート"),
        ("สมชาย", "สมชาย"),
        ("김철", "김철수"),
        ("محمد", "محمد"),
        ("zoë", "Zoe\u0308"),
        ("zoe", "Zoe\u0308"),
    ],
)
def test_a_name_is_found_with_accents_and_without(firm: Workspace, typed: str, name: str) -> None:
    assert [one.name for one in by_parts.contacts(firm.pk, typed, most=6)] == [name]
    rows = lists.every(Contact, firm.pk, lists.Filters(words=typed))
    assert name in {one.name for one in rows}


@pytest.mark.parametrize("typed", ["zilina", "Žilina", "strassenbau zilina", "strassenb"])
def test_an_organisation_is_found_so_too(firm: Workspace, typed: str) -> None:
    assert [one.name for one in by_parts.organisations(firm.pk, typed, most=6)] == ["Žilina Straßenbau GmbH"]


def test_those_who_differ_by_an_accent_are_met_as_alike(firm: Workspace) -> None:
    jorg = Contact.objects.of(firm).get(name="Jörg Müller")
    assert jorg.pk in by_parts.alike(firm.pk, "Jorg Muller", most=5)


def test_a_handle_and_a_field_of_ones_own_are_found_so_too(firm: Workspace) -> None:
    hanako = Contact.objects.of(firm).get(name="佐藤 花子")
    Identity.objects.create(
        workspace=firm, contact=hanako, kind="handle", value="café.ñandú", shown="", source="agent"
    )
    define(firm.pk, "contact", label="Quartier", kind="text")
    Contact.objects.of(firm).filter(name="สมชาย").update(custom={"quartier": "Île-de-Saint-Étienne"})
    assert [one.pk for one in by_parts.contacts(firm.pk, "cafe.nandu", most=6)] == [hanako.pk]
    rows = lists.every(Contact, firm.pk, lists.Filters(words="ile-de-saint-etienne"))
    assert [one.name for one in rows] == ["สมชาย"]


def test_work_is_found_so_too(firm: Workspace) -> None:
    shipped.make(firm.pk)
    kind = WorkItemType.objects.of(firm).order_by("position").first()
    assert kind is not None
    made = WorkItem.objects.create(
        workspace=firm, type=kind, status=kind.statuses()[0], number="ORD-1", title="Zähler für Grünwald"
    )
    for typed in ("zahler", "Zähler", "grunwald zahler"):
        assert finding.by_words(firm.pk, typed, most=6) == [made]
        narrowed = finding.narrowed(WorkItem.objects.of(firm), finding.Filters(words=typed))
        assert list(narrowed) == [made]


def test_the_database_folds_the_letters_that_we_fold(firm: Workspace) -> None:
    texts = ["ŁØĐÐĦIŦŊÆŒÞẞ", "łøđðħıŧŋæœþß", "Ǖ ẞ ﬁ ５", "ÀÉÎÕÜ çñšžå", "plain, 100% _x_ \\"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT threadwell_folded(t) FROM unnest(%s::text[]) WITH ORDINALITY AS u(t)", [texts])
        assert [row[0] for row in cursor.fetchall()] == [words.folded(text) for text in texts]


BIG = """
    INSERT INTO people_contact (id, workspace_id, name, language, zone, tier, custom, made_at, changed_at)
    SELECT gen_random_uuid(), %(workspace)s, 'Nördlich ' || md5(n::text), '', '', '', '{}', now(), now()
    FROM generate_series(1, 20000) AS n
"""


@pytest.mark.django_db(transaction=True)
def test_no_table_is_read_from_end_to_end(one_machine: None) -> None:
    workspace = cast.a_workspace()
    with tenancy.entered(workspace.pk):
        Contact.objects.create(workspace=workspace, name="Jörg Müller")
        with connection.cursor() as cursor:
            cursor.execute(BIG, {"workspace": workspace.pk})
    told: list[str] = []
    with as_owner(settings.DATABASES["default"]["NAME"]) as owner, owner.transaction():
        owner.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        owner.execute("ANALYZE people_contact")
        owner.execute("LOAD 'auto_explain'")
        for name, value in {
            "auto_explain.log_min_duration": "0",
            "auto_explain.log_nested_statements": "on",
            "auto_explain.log_level": "notice",
            "threadwell.workspace": str(workspace.pk),
        }.items():
            owner.execute("SELECT set_config(%s, %s, true)", [name, value])
        found = owner.execute("SELECT DISTINCT id FROM threadwell_find_contacts('{muller}', 'muller', '', 6)")
        assert found.rowcount == 1
        plans = [plan for plan in told if "Query Text: SELECT COALESCE" in plan]
    assert len(plans) == 3
    assert any("contact_name_folded" in plan for plan in plans)
    assert not any("Seq Scan on people_contact" in plan for plan in plans)
