"""What is new in a letter: samples of how mail programs mark history, in many languages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from threadwell.channels.email import quotes

NEW = "The parcel arrived, thank you!\n\nAda"

ATTRIBUTIONS = {
    "english, Gmail": "On Mon, Jan 15, 2024 at 2:30 PM Bo Berg <bo@depot.example> wrote:",
    "english, Apple": "On 15 Jan 2024, at 14:30, Bo Berg <bo@depot.example> wrote:",
    "english, name only": "On 15/01/2024 14:30, Bo Berg wrote:",
    "english, wrapped": "On Mon, Jan 15, 2024 at 2:30 PM Bo Berg from the depot\n<bo@depot.example> wrote:",
    "english, wrapped twice": "On Mon, Jan 15, 2024 at 2:30 PM Bo Berg from the "
    "depot\n<bo@depot.example>\nwrote:",
    "german": "Am Mo., 15. Jan. 2024 um 14:30 Uhr schrieb Bo Berg <bo@depot.example>:",
    "german, Thunderbird": "Am 15.01.24 um 14:30 schrieb Bo Berg:",
    "german, Apple": "Am 15.01.2024 um 14:30 schrieb Bo Berg <bo@depot.example>:",
    "french": "Le lun. 15 janv. 2024 à 14:30, Bo Berg <bo@depot.example> a écrit :",
    "french, wrapped": "Le lundi 15 janvier 2024 à 14:30:12 UTC+1, Bo Berg\n<bo@depot.example> a écrit :",
    "spanish": "El lun, 15 ene 2024 a las 14:30, Bo Berg (<bo@depot.example>) escribió:",
    "portuguese": "Em seg., 15 de jan. de 2024 às 14:30, Bo Berg <bo@depot.example> escreveu:",
    "portuguese, capital": "Em 15 de jan de 2024, à(s) 14:30, Bo Berg <bo@depot.example>\nescreveu:",
    "italian": "Il giorno lun 15 gen 2024 alle ore 14:30 Bo Berg <bo@depot.example> ha scritto:",
    "italian, Thunderbird": "Il 15/01/2024 14:30, Bo Berg ha scritto:",
    "dutch": "Op ma 15 jan 2024 om 14:30 schreef Bo Berg <bo@depot.example>:",
    "dutch, Apple": "Op 15 jan. 2024, om 14:30 heeft Bo Berg <bo@depot.example> het volgende geschreven:",
    "polish": "pon., 15 sty 2024 o 14:30 Bo Berg <bo@depot.example> napisał(a):",
    "polish, Thunderbird": "W dniu 15.01.2024 o 14:30, Bo Berg pisze:",
    "swedish": "Den mån 15 jan. 2024 kl 14:30 skrev Bo Berg <bo@depot.example>:",
    "swedish, Apple": "15 jan. 2024 kl. 14:30 skrev Bo Berg <bo@depot.example>:",
    "danish": "Den man. 15. jan. 2024 kl. 14.30 skrev Bo Berg <bo@depot.example>:",
    "norwegian": "man. 15. jan. 2024 kl. 14:30 skrev Bo Berg <bo@depot.example>:",
    "finnish": "ma 15. tammik. 2024 klo 14.30 Bo Berg (bo@depot.example) kirjoitti:",
    "finnish, who first": "Bo Berg <bo@depot.example> kirjoitti 15.1.2024 kello 14.30:",
    "czech": "po 15. 1. 2024 v 14:30 odesílatel Bo Berg <bo@depot.example> napsal:",
    "slovak": "po 15. 1. 2024 o 14:30 Bo Berg <bo@depot.example> napísal(a):",
    "hungarian": "Bo Berg <bo@depot.example> ezt írta (időpont: 2024. jan. 15., H, 14:30):",
    "romanian": "În lun., 15 ian. 2024 la 14:30, Bo Berg <bo@depot.example> a scris:",
    "russian": "пн, 15 янв. 2024 г. в 14:30, Bo Berg <bo@depot.example>:",
    "russian, Thunderbird": "15.01.2024 14:30, Bo Berg пишет:",
    "russian, Apple": "15 янв. 2024 г., в 14:30, Bo Berg <bo@depot.example> написал(а):",
    "ukrainian": "пн, 15 січ. 2024 р. о 14:30 Bo Berg <bo@depot.example> пише:",
    "turkish": "Bo Berg <bo@depot.example>, 15 Oca 2024 Pzt, 14:30 tarihinde şunu yazdı:",
    "greek": "Στις Δευ 15 Ιαν 2024 στις 14:30, ο χρήστης Bo Berg <bo@depot.example> έγραψε:",
    "japanese": "2024年1月15日(月) 14:30 Bo Berg <bo@depot.example>:",
    "japanese, Apple": "2024/01/15 14:30、Bo Berg <bo@depot.example>のメール:",
    "chinese": "Bo Berg <bo@depot.example> 于2024年1月15日周一 14:30写道：",
    "chinese, taiwan": "Bo Berg <bo@depot.example> 於 2024年1月15日 週一 下午2:30寫道：",
    "korean": "2024년 1월 15일 (월) 오후 2:30, Bo Berg <bo@depot.example>님이 작성:",
    "hebrew": "\u200fבתאריך יום ב׳, 15 בינו׳ 2024 ב-14:30 מאת Bo Berg <bo@depot.example>:",
    "hebrew, within marks": "\u202bבתאריך ב׳, 15 בינו׳ 2024 ב-14:30 מאת \u202aBo <bo@depot.example>:\u202c",
    "arabic": "في الاثنين، 15 يناير 2024 في 2:30 م تمت كتابة ما يلي بواسطة Bo Berg <bo@depot.example>:",
    "indonesian": "Pada tanggal Sen, 15 Jan 2024 pukul 14.30 Bo Berg <bo@depot.example> menulis:",
    "vietnamese": "Vào Th 2, 15 thg 1, 2024 vào lúc 14:30 Bo Berg <bo@depot.example> đã viết:",
    "catalan": "Missatge de Bo Berg <bo@depot.example> del dia dl., 15 de gen. 2024 a les 14:30:",
    "catalan, wrapped": "Missatge de Bo Berg <bo@depot.example> del dia dl., 15 de gen. 2024\na les 14:30:",
    "russian, Mail.ru": "Понедельник, 15 января 2024, 14:30 +03:00 от Bo Berg <bo@depot.example>:",
    "ukrainian, whole day": "Понеділок, 15 січня 2024, 14:30 +02:00 від Bo Berg <bo@depot.example>:",
    "estonian": "Kuupäev E, 15. jaanuar 2024 kell 14:30 kirjutas Bo Berg <bo@depot.example>:",
    "yahoo": "    On Monday, January 15, 2024 at 02:30:12 PM GMT+1, Bo Berg <bo@depot.example> wrote:",
    "yandex": '15.01.2024, 14:30, "Bo Berg" <bo@depot.example>:',
    "proton": "On Monday, January 15th, 2024 at 2:30 PM, Bo Berg <bo@depot.example> wrote:",
    "zoho": "---- On Mon, 15 Jan 2024 14:30:12 +0100 Bo Berg <bo@depot.example> wrote ---",
}

HEADS = {
    "outlook, english": "From: Berg, Bo\nSent: Monday, January 15, 2024 2:30 PM\nTo: Ada\nSubject: Parcel",
    "outlook, bold": "*From:* Bo <bo@depot.example>\n*Sent:* Monday\n*To:* Ada\n*Subject:* Parcel",
    "outlook, german": "Von: Berg, Bo\nGesendet: Montag, 15. Januar 2024 14:30\nAn: Ada\nBetreff: Paket",
    "outlook, french": "De : Berg, Bo\nEnvoyé : lundi 15 janvier 2024 14:30\nÀ : Ada\nObjet : Colis",
    "outlook, spanish": "De: Berg, Bo\nEnviado: lunes, 15 de enero de 2024 14:30\nPara: Ada\nAsunto: Paquete",
    "outlook, portuguese": "De: Berg, Bo\nEnviado: segunda-feira, 15 de janeiro\nPara: Ada\nAssunto: Pacote",
    "outlook, italian": "Da: Berg, Bo\nInviato: lunedì 15 gennaio 2024 14:30\nA: Ada\nOggetto: Pacco",
    "outlook, dutch": "Van: Berg, Bo\nVerzonden: maandag 15 januari 2024 14:30\nAan: Ada\nOnderwerp: Pakket",
    "outlook, polish": "Od: Berg, Bo\nWysłano: poniedziałek, 15 stycznia 2024\nDo: Ada\nTemat: Paczka",
    "outlook, swedish": "Från: Berg, Bo\nSkickat: den 15 januari 2024 14:30\nTill: Ada\nÄmne: Paket",
    "outlook, danish": "Fra: Berg, Bo\nSendt: 15. januar 2024 14:30\nTil: Ada\nEmne: Pakke",
    "outlook, finnish": "Lähettäjä: Berg, Bo\nLähetetty: maanantai 15.\nVastaanottaja: Ada\nAihe: Paketti",
    "outlook, czech": "Od: Berg, Bo\nOdesláno: pondělí 15. ledna\nKomu: Ada\nPředmět: Balík",
    "outlook, hungarian": "Feladó: Berg, Bo\nElküldve: hétfő\nCímzett: Ada\nTárgy: Csomag",
    "outlook, russian": "От: Berg, Bo\nОтправлено: 15 января 2024 г. 14:30\nКому: Ada\nТема: Посылка",
    "outlook, ukrainian": "Від: Berg, Bo\nНадіслано: 15 січня\nКому: Ada\nТема: Посилка",
    "outlook, turkish": "Kimden: Berg, Bo\nGönderildi: 15 Ocak 2024\nKime: Ada\nKonu: Koli",
    "outlook, greek": "Από: Berg, Bo\nΑποστολή: Δευτέρα\nΠρος: Ada\nΘέμα: Δέμα",
    "outlook, japanese": "差出人: Berg, Bo\n送信日時: 2024年1月15日\n宛先: Ada\n件名: 荷物",
    "outlook, chinese": "发件人: Berg, Bo\n发送时间: 2024年1月15日\n收件人: Ada\n主题: 包裹",
    "outlook, korean": "보낸 사람: Berg, Bo\n보낸 날짜: 2024년 1월 15일\n받는 사람: Ada\n제목: 소포",
    "outlook, estonian": "Saatja: Berg, Bo\nSaadetud: esmaspäev\nAdressaat: Ada\nTeema: Pakk",
    "outlook, slovene": "Od: Berg, Bo\nPoslano: ponedeljek\nZa: Ada\nZadeva: Paket",
    "outlook, serbian": "Шаље: Berg, Bo\nПослато: понедељак\nЗа: Ada\nНаслов: Пакет",
    "outlook, malay": "Daripada: Berg, Bo\nDihantar: Isnin\nKepada: Ada\nSubjek: Bungkusan",
    "outlook, albanian": "Nga: Berg, Bo\nDërguar: e hënë\nPër: Ada\nSubjekti: Pako",
    "outlook, hindi": "प्रेषक: Berg, Bo\nभेजा गया: सोमवार\nप्रति: Ada\nविषय: पार्सल",
    "gmx on a telephone": "--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.\n"
    "Am 15.01.24, 14:30, Bo Berg <bo@depot.example> schrieb:",
    "web.de": "Am 15.01.24 um 14:30 schrieb Bo Berg\n\nVon: Bo <bo@depot.example>\nAn: Ada\nBetreff: Paket",
    "orange": "> Message du 15/01/24 14:30\n> De : Bo <bo@depot.example>\n> A : Ada\n> Objet : Colis",
    "groupwise": ">>> Bo Berg <bo@depot.example> 15.01.2024 14:30 >>>",
    "outlook, below a rule": "________________________________\nFrom: Bo <bo@depot.example>\nSent: "
    "Monday\nTo: Ada",
    "original message": "-----Original Message-----\nFrom: Bo <bo@depot.example>\nSubject: Parcel",
    "original message, german": "-----Ursprüngliche Nachricht-----\nVon: Bo\nGesendet: Montag",
    "original message, french": "-----Message d'origine-----\nDe : Bo\nEnvoyé : lundi",
    "original message, spanish": "-----Mensaje original-----\nDe: Bo",
    "original message, dutch": "-----Oorspronkelijk bericht-----\nVan: Bo",
    "original message, italian": "-----Messaggio originale-----\nDa: Bo",
    "original message, swedish": "-----Ursprungligt meddelande-----\nFrån: Bo",
    "original message, chinese": "------------------ 原始邮件 ------------------\n发件人: Bo",
    "samsung": "-------- Original message --------\nFrom: Bo <bo@depot.example>\nDate: 15/01/2024",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_marked_history_goes_with_its_attribution(attribution: str) -> None:
    assert quotes.visible(f"{NEW}\n\n{attribution}\n\n> Is it there?\n>\n> Bo\n") == NEW


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_history_without_marks_goes_with_its_attribution(attribution: str) -> None:
    assert quotes.visible(f"{NEW}\n\n{attribution}\n\nIs it there?\n\nBo\n") == NEW


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_history_goes_with_its_copied_head(head: str) -> None:
    assert quotes.visible(f"{NEW}\r\n\r\n{head}\r\n\r\nIs it there?\r\n") == NEW


@pytest.mark.parametrize(
    "text",
    [
        "Please collect:\nFrom: Hamburg\nTo: Riga\nDate: 3 May 2024\n\nTwo pallets.",
        "As I said on 3 May at 14:30, and as Bo wrote:\n\nthe lift is broken.",
        "Times: 14:30\n15.01.2024 14:30\n2024-01-15\n\nWhich one suits you?",
        "The notice was sent from my iPhone app.\n\nCan you see it?",
        "Note:\n- one\n- two\n\nSubject: to change",
        "Send it to Bo (bo@depot.example) until 15.01.2024:\n\n1. the bill\n2. the key",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Bo <bo@depot.example>\nDate: "
        "Mon\n\nLook at this.",
        "Siehe unten\n\n-------- Weitergeleitete Nachricht --------\nVon: Bo <bo@depot.example>\n\nHallo",
        "Begin forwarded message:\n\nFrom: Bo <bo@depot.example>\nSubject: Parcel\n\nLook.",
        "Results\n----\n\n1. fast\n2. small\n\n====\n\nThat is all.",
        "On the one hand I like it. On the other hand it is dear:\n\n400 a month.",
        "Dear all,\nam Montag um 9:30 treffen wir uns:\n\nRaum 3",
        "* Thu Jan 07 2010 Bo Berg <bo@depot.example> - 2.29.4-3\n- use the new macro, see:\n\nthe page",
        "* Thu Jan 07 2010 Bo Berg <bo@depot.example> - 2.29\n- limit retried serial writes\n\nand more",
        "<bo@depot.example>: host mx.depot.example said:\n\n550 no such user",
        "A new inquiry from your page:\n\nVon: Ada Ardent\nE-Mail: ada@kunde.example\nBetreff: Kran\n"
        "Datum: 16.11.2026\n\nNachricht:\nWas kostet ein Kran?",
        "She asked:\n> may I\nand I said yes.",
    ],
)
def test_what_only_looks_like_history_stays(text: str) -> None:
    assert quotes.visible(text) == text


def test_answers_between_quoted_lines_keep_what_they_answer() -> None:
    text = "On 15/01/2024 14:30, Bo wrote:\n> Is it there?\n\nYes.\n\n> Is it whole?\n\nNo.\n\n> Bo\n"
    assert quotes.visible(text) == (
        "On 15/01/2024 14:30, Bo wrote:\n> Is it there?\n\nYes.\n\n> Is it whole?\n\nNo."
    )


def test_answer_on_one_line_with_the_attribution_stays() -> None:
    assert quotes.visible("Yes. On Wed, Apr 4, 2012 at 3:59 PM, bo@depot.example wrote:\n> Is it?") == "Yes."


def test_address_wrapped_before_its_bracket_is_no_quote() -> None:
    text = "Yes.\n\nOn Tue, Apr 11, 2017 at 10:07 PM Bo\n\n<\nmailto:Bo <bo@depot.example>\n> wrote:\nIs it?"
    assert quotes.visible(text) == "Yes."


def test_answer_set_around_a_shortened_quote_stays() -> None:
    text = "On 15/01/2024 14:30, Bo <bo@depot.example> wrote:\n[...]\n> Is it there?\n\nYes."
    assert quotes.visible(text).endswith("Yes.")


def test_answer_below_the_quote_stands_alone() -> None:
    assert quotes.visible("On 15/01/2024 14:30, Bo wrote:\n> Is it there?\n> Bo\n\nYes.\n") == "Yes."


def test_words_torn_off_a_quoted_line_go_with_it() -> None:
    long_line = "> Could you please tell us whether the parcel that we sent to you on Monday has"
    assert quotes.visible(f"Yes.\n\nOn 15/01/2024 14:30, Bo wrote:\n{long_line}\narrived?\n> Bo\n") == "Yes."


def test_letter_signed_by_pgp_shows_what_was_signed() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n\n- --- one ---\n\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert quotes.visible(text) == "Yes.\n\n--- one ---"


def test_letter_that_is_all_history_stays_whole() -> None:
    text = "From: Bo <bo@depot.example>\nSent: Monday\nTo: Ada\nSubject: Parcel\n\nIs it there?"
    assert quotes.visible(text) == text


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAda Ardent\n+44 20 7946 0000",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Отправлено с iPhone",
        "iPhoneから送信",
        "Sent with [Proton Mail](https://proton.me/mail/home) secure email.",
        "Sent from my Galaxy smartphone.",
        "_______________________________________________\nusers mailing list\nusers@lists.example",
    ],
)
def test_signature_that_ends_the_letter_goes(signature: str) -> None:
    assert quotes.visible(f"It works now.\n\n{signature}\n") == "It works now."


HTML = {
    "gmail": '<div dir="ltr">Yes.</div><br><div class="gmail_quote"><div class="gmail_attr">Ka, 15 x '
    "wrote<br></div>"
    '<blockquote class="gmail_quote">Is it there?</blockquote></div>',
    "apple": "<html><body>Yes.<br><div><blockquote type='cite'><div>On 15 Jan 2024, at 14:30, Bo wrote:</div>"
    "<br><div>Is it there?</div></blockquote></div></body></html>",
    "thunderbird": '<p>Yes.</p><div class="moz-cite-prefix">Am 15.01.24 um 14:30 schrieb Bo:<br></div>'
    '<blockquote type="cite" cite="mid:1@x"><p>Is it there?</p></blockquote>',
    "netease": '<div>Yes.</div><div>在 2024-01-15 14:30:12，"Bo" &lt;bo@depot.example&gt; 写道：</div>'
    "<blockquote>Is it there?</blockquote>",
    "zimbra": '<div>Yes.</div><hr data-marker="_DIVIDER_"><div data-marker="__HEADERS__"><b>From: </b>Bo<br>'
    '<b>Sent: </b>Monday</div><div data-marker="__QUOTED_TEXT__">Is it there?</div>',
    "outlook": '<div class="WordSection1"><p class="MsoNormal">Yes.</p><div><div '
    'style="border:none;border-top:solid'
    ' #E1E1E1 1.0pt"><p class="MsoNormal"><b>Von:</b> Bo &lt;bo@depot.example&gt; '
    "<br><b>Gesendet:</b> Montag<br>"
    "<b>An:</b> Ada<br><b>Betreff:</b> Paket</p></div></div><p>Is it there?</p></div>",
    "outlook on the web": '<div>Yes.</div><div id="appendonsend"></div><hr><div '
    'id="divRplyFwdMsg"><b>From:</b> Bo'
    "</div><div>Is it there?</div>",
    "outlook mobile": "<div>Yes.</div><div "
    'class="ms-outlook-mobile-reference-message"><hr><b>From:</b> Bo</div>Old',
    "yahoo": '<div>Yes.</div><div class="yahoo_quoted"><div>On Monday, 2024, Bo wrote:</div><div>Is '
    "it there?</div></div>",
    "proton": '<div>Yes.</div><div class="protonmail_quote">Bo: <blockquote type="cite">Is it '
    "there?</blockquote></div>",
    "outlook on a mac": '<div>Yes.</div><span id="OLK_SRC_BODY_SECTION"><div><b>From: </b>Bo<br></div>'
    "<div>Is it there?</div></span>",
    "new outlook mobile": '<div>Yes.</div><div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o">'
    'Outlook for iOS</a></div><div class="ms-outlook-mobile-reference-message">Is it there?</div>',
    "mail.ru": "<div>Yes.</div><blockquote>Понедельник, 15 января 2024, 14:30 +03:00 от Bo "
    "&lt;bo@depot.example&gt;:<br><div>Is it there?</div></blockquote>",
    "tables": ""
    "<table><tr><td>Yes.</td></tr></table><table><tr><td>From:</td><td>bo@depot.example</td></tr><tr>"
    "<td>Subject:</td><td>Parcel</td></tr></table>Is it there?",
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML.keys())
def test_history_in_html_goes(html: str) -> None:
    assert quotes.visible_html(html) == "Yes."


@pytest.mark.parametrize("html", HTML.values(), ids=HTML.keys())
def test_html_is_folded_where_history_begins(html: str) -> None:
    new, old = quotes.fold_html(html)
    assert "Yes." in new
    assert "Is it there?" not in new
    assert "Yes." not in old
    assert "Is it there?" in old or "Old" in old


def test_html_without_history_is_not_folded() -> None:
    html = "<p>Hello</p><blockquote>a fine saying</blockquote><p>-- <br>Ada</p>"
    assert quotes.fold_html(html) == (html, "")


def test_answer_below_a_quote_in_html_stays() -> None:
    html = '<blockquote type="cite">Is it there?</blockquote><div>Yes.</div>'
    assert quotes.visible_html(html) == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        "> " * 200_000,
        "On " * 100_000 + "wrote:",
        "\n".join(["On Monday 12:30"] * 20_000),
        "From: a@b\n" * 20_000,
        "-" * 400_000,
        "a:\n" * 50_000,
        "<" * 300_000,
        "Von: \n\n" * 20_000,
        "-----BEGIN PGP SIGNED MESSAGE-----\n" * 10_000,
        "-----BEGIN PGP SIGNED MESSAGE-----\n\n" + "a\n" * 100_000,
        "[" * 100 + "Sent from [" * 20_000,
        ">a\nb\n" * 50_000,
    ],
)
def test_strange_letters_take_no_long_time(text: str) -> None:
    started = time.process_time()
    quotes.visible(text)
    assert time.process_time() - started < 3


def test_deep_html_takes_no_long_time() -> None:
    started = time.process_time()
    quotes.visible_html("<div>" * 20_000 + "x")
    quotes.visible_html("<blockquote>On 1.1.2024 1:00 a wrote:<br>" * 2_000)
    assert time.process_time() - started < 3


PIECES = (
    *(
        "> ",
        ">",
        "\n",
        "\n\n",
        "\r\n",
        "On ",
        "12:30 ",
        "wrote:",
        "<a@b.example>",
        "From: ",
        "Sent: ",
        "To: a",
    ),
    *("--", "-- \n", "-----Original Message-----", "____", "word ", "Sent from my iPhone", ":", "：", "|"),
    *("<div>", "</div>", "<blockquote>", "</blockquote>", "<br>", "<hr>", "<p>", "\u200f", "\x00"),
)


@given(some.lists(some.sampled_from(PIECES), max_size=40).map("".join))
def test_any_letter_can_be_read(text: str) -> None:
    quotes.visible(text)
    quotes.visible_html(text)
    new, old = quotes.fold_html(text)
    assert new or not text.strip() or old or new == text
    assert quotes.visible(text) == quotes.visible(text)
