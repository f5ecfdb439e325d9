"""The language of a text: named when the text says enough, and not otherwise."""

import pytest

from threadwell.kit.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning, the crew was turned away at the gate and we have not been told why.", "en"),
        ("Guten Tag, die Lieferung ist nicht angekommen und wir bitten um eine Antwort.", "de"),
        ("Bonjour, nous avons reçu les colis mais une boîte est cassée. Merci pour votre aide.", "fr"),
        (
            "Hola, los paquetes no están, por favor una respuesta. Gracias por su ayuda, pero es urgente.",
            "es",
        ),
        (
            "Bom dia, não recebemos as caixas. Obrigado pela ajuda, mas o prazo não é esse, com urgência.",
            "pt",
        ),
        ("Dzień dobry, nie ma przesyłki, proszę o pomoc, czy jest już w drodze? Dziękuję.", "pl"),
        ("東京都の配達は明日です", "ja"),
        ("明天送货到北京", "zh"),
        ("Добрый день, посылка не пришла", "ru"),
        ("Добрий день, її ще немає", "uk"),
        ("ORD-20931", ""),
        ("", ""),
        ("OK thanks", ""),
        ("\0" * 20, ""),
    ],
)
def test_language_is_named_when_the_text_says_enough(text: str, language: str) -> None:
    assert language_of(text) == language
