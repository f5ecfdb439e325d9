"""Duplicates are found in the shared corpus, and in lists that are linked with each other."""

from pathlib import Path

import pytest

from threadwell.interfaces.commands.evaluations import entity_resolution_febrl

DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data" / "entity_resolution_febrl"
HEAD = (
    "id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n"
)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared corpora are not here")
def test_duplicates_keep_their_figures() -> None:
    score = entity_resolution_febrl.evaluate(DATA)
    assert not score.shortfalls()
    assert min(value for name, value in score.metrics.items() if name.endswith("F1")) >= 0.999


def test_two_lists_are_linked_across(tmp_path: Path) -> None:
    ada = "ada,lovelace,12,st james square,flat 2,london,1234,nsw,18151210,1234567\n"
    other = "bo,berg,7,storgata,,oslo,0155,vic,19700101,7654321\n"
    (tmp_path / "small_a.csv").write_text(HEAD + "a1," + ada + "a2," + other, encoding="utf-8")
    (tmp_path / "small_b.csv").write_text(
        HEAD + "b1," + ada.replace("lovelace", "lovelcae"), encoding="utf-8"
    )
    (tmp_path / "small.links.csv").write_text("id_a,id_b\na1,b1\n", encoding="utf-8")
    score = entity_resolution_febrl.evaluate(tmp_path)
    assert score.metrics["small, all columns: F1"] == 1.0


def test_a_folder_without_links_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        entity_resolution_febrl.evaluate(tmp_path)
