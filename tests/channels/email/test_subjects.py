"""Subjects without the marks that mail programs put before them."""

import pytest

from threadwell.channels.email import subjects


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Parcel 4711", "parcel 4711"),
        ("Re: Parcel", "parcel"),
        ("RE: Re: re: Parcel", "parcel"),
        ("Re[2]: Parcel", "parcel"),
        ("Re(3): Parcel", "parcel"),
        ("RE : Colis", "colis"),
        ("AW: WG: Paket", "paket"),
        ("Antw: Pakket", "pakket"),
        ("SV: VS: Pakke", "pakke"),
        ("RV: Paquete", "paquete"),
        ("TR : Colis", "colis"),
        ("R: I: Pacco", "pacco"),
        ("RES: ENC: Pacote", "pacote"),
        ("Odp: PD: Paczka", "paczka"),
        ("Vá: Csomag", "csomag"),
        ("YNT: İLT: Koli", "koli"),
        ("Отв: Посылка", "посылка"),
        ("回复：包裹", "包裹"),
        ("答复: 转发: 包裹", "包裹"),
        ("返信: 荷物", "荷物"),
        ("ＲＥ：荷物", "荷物"),
        ("Automatic reply: Parcel", "parcel"),
        ("Réponse automatique : Colis", "colis"),
        ("[EXTERNAL] Re: Parcel", "parcel"),
        ("Re: [depot-list] Parcel", "parcel"),
        ("[depot-list] Re: Parcel", "parcel"),
        ("[Ticket #4711] Parcel", "parcel"),
        ("Re: Parcel [#4711]", "parcel"),
        ("Antw: [Case: 00123] Parcel", "parcel"),
        ("Parcel (was: Lost things)", "parcel"),
        ("  Parcel \t 4711 ", "parcel 4711"),
        ("[order 4711] late", "[order 4711] late"),
        ("Re: [PATCH 2/7] net: mend it", "[patch 2/7] net: mend it"),
        ("Regarding: parcel", "regarding: parcel"),
        ("Invoice: March", "invoice: march"),
        ("[hello]", "[hello]"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_base_of_a_subject(subject: str, base: str) -> None:
    assert subjects.read(subject).base == base


@pytest.mark.parametrize(
    ("subject", "is_answer", "is_passed_on"),
    [
        ("Parcel", False, False),
        ("Re: Parcel", True, False),
        ("Fwd: Parcel", False, True),
        ("Re: Fwd: Parcel", True, False),
        ("Fwd: Re: Parcel", False, True),
        ("[EXTERNAL] AW: Paket", True, False),
    ],
)
def test_the_outermost_mark_says_what_the_letter_claims(
    subject: str, is_answer: bool, is_passed_on: bool
) -> None:
    read = subjects.read(subject)
    assert (read.is_answer, read.is_passed_on) == (is_answer, is_passed_on)


def test_a_subject_of_marks_only_takes_no_long_time() -> None:
    assert subjects.read("Re: " * 5000).base == ""
    assert subjects.read("[a" * 5000)
    assert subjects.read("(" * 5000)
