"""The strongest patterns of `rag.lint.rules` in German, French, Spanish, Portuguese and Italian.

Each language has: throw away what was said before; answer with this alone; a word to a machine
that reads; tell your instructions; from now on you are.
"""

from __future__ import annotations

__all__ = ["LANGUAGES"]

_GAP = r"(?:[^\w.!?]+\w+){0,5}?[^\w.!?]+"
_AI_DE = r"(?:ki(?:-\w+)?|sprachmodelle?|assistent(?:en|in)?|chat-?bots?|modelle?)"
_AI_ROMANCE = (
    r"(?:i\.?a\.?|assistant\w*|asistente\w*|assistente\w*|chat-?bots?|mod[eè]les? de langage|"
    r"modelos? de (?:lenguaje|linguagem)|modell[oi] linguistic[oi])"
)

LANGUAGES: tuple[tuple[str, int, str], ...] = (
    # German
    (
        "override",
        2,
        r"\b(?:ignorier\w*|missacht\w*|vergi(?:ss|ß)|vergessen sie|vergesst|verwirf|verwerfen sie|"
        r"übergeh\w*|beacht\w+ nicht|überschreib\w*|befolg\w* nicht)(?!\W+nicht\b)"
        + _GAP
        + r"(?:anweisung\w*|anleitung\w*|instruktion\w*|regeln?|vorgaben?|vorschriften|befehle?|"
        r"prompts?|aufforderung\w*|richtlinien|system\w*|alles|was)\b",
    ),
    (
        "output",
        2,
        r"\b(?:antworte|antworten sie|erwidere|erwidern sie|schreibe?|gib|geben sie|sage?)\b"
        r"(?:\W+\w+){0,4}?\W+(?:(?:nur|ausschließlich|lediglich|immer|stets)(?: noch)?(?: mit| auf|"
        r" in| als|,? dass|:|\W+[\"'„»“]|\W+(?-i:[A-ZÄÖÜ]))|nichts als|jede frage)",
    ),
    (
        "address",
        2,
        rf"\b(?:hinweis|nachricht|anweisung|mitteilung|achtung|notiz|liebe[rs]?)\b[^.\n]{{0,12}}\b"
        rf"{_AI_DE}\b|\b(?:falls|wenn|sofern) (?:du|sie) (?:\w+ ){{0,3}}{_AI_DE}\b|"
        rf"\b{_AI_DE}\b[^.\n]{{0,30}}\b(?:dies\w*|das hier) (?:\w+ )?(?:liest|lesen|"
        rf"verarbeitet\w*)",
    ),
    (
        "address",
        2,
        rf"\b(?:an|für) (?:die|das|den|alle|jede[ns]?) (?:\w+ )?{_AI_DE}\b[^.\n]{{0,40}}(?::|,? "
        rf"d(?:ie|as|er) "
        r"(?:dies\w*|das hier))",
    ),
    (
        "role",
        2,
        r"\b(?:ab jetzt|von nun an|ab sofort|von jetzt an|fortan) (?:bist du|sind sie|antwort\w+|"
        r"wirst du|musst du|sollst du|verhältst|sprichst|gibst|sagst|empfiehlst|nennst)\b|"
        r"\bdu bist (?:jetzt|nun|nicht (?:mehr|länger))\b|\b(?:tu|tue|tun sie) so, als\b",
    ),
    (
        "leak",
        2,
        r"\b(?:gib|nenne?|zeige?|verrat\w*|wiederhole?|schreibe?|offenbar\w*|liste)\b"
        + _GAP
        + r"(?:system-?(?:prompt|anweisung\w*|nachricht)|deine (?:\w+ ){0,2}(?:anweisungen|regeln|"
        r"vorgaben)|"
        r"ihre anweisungen|passw\w+ des admin\w*|gesprächsverlauf|chatverlauf)\b",
    ),
    (
        "user",
        2,
        r"\b(?:sage?|teile?|erkläre?|empfiehl|verschweige?|rate|versichere?|behaupte)\b"
        r"(?:\W+\w+){0,3}?\W+(?:dem|der|den) (?:nutzer\w*|benutzer\w*|fragesteller\w*|anwender\w*|"
        r"fragenden)\b",
    ),
    # French
    (
        "override",
        2,
        r"\b(?:ignore[zr]?|oublie[zr]?|néglige[zr]?|(?:ne )?(?:tiens|tenez|tenir) (?:pas |"
        r"plus |aucun "
        r")?compte|écarte[zr]?|désobéi\w*|fais abstraction|faites abstraction|abandonne[zr]?|"
        r"ne (?:suis|suivez|respecte[zr]?) (?:pas|plus))"
        + _GAP
        + r"(?:instructions?|consignes?|règles?|directives?|ordres?|prompts?|tout|ce qui)\b",
    ),
    (
        "output",
        2,
        r"\b(?:réponds|répondez|répondre|dis|dites|écris|"
        r"écrivez)\b(?:\W+\w+){0,4}?\W+(?:uniquement|"
        r"seulement|exclusivement|toujours)(?: (?:par|avec|en|que|comme|le mot|la phrase)\b|"
        r"\W*[:\"«“])|\b(?:ne réponds|réponds|répondez)\b(?:\W+\w+){0,4}?\W+(?:rien d'autre|à "
        r"(?:toutes|chaque))\b",
    ),
    (
        "leak",
        2,
        r"\b(?:révèle|révélez|affiche[zr]?|répète|répétez|montre[zr]?|donne[zr]?|écris|"
        r"imprime[zr]?)\b"
        + _GAP
        + r"(?:prompt (?:système|initial)|(?:tes|vos) (?:\w+ )?(?:instructions|consignes|règles)|"
        r"message système|invite système|historique)\b",
    ),
    # Spanish, Portuguese, Italian
    (
        "override",
        2,
        r"\b(?:ignor[aeo]\w{0,3}|olvid[ae]\w{0,4}|desestim[ae]\w*|descart[ae]\w*|"
        r"desconsider[ae]\w*|"
        r"esqueç?[ae]\w*|dimentic[ah]\w*|trascur[ai]\w*|scart[ai]|non (?:seguire|considerare)|"
        r"no (?:sigas|siga|tengas en cuenta|obedezcas|hagas caso)|não (?:sigas?|obedeça|considere))"
        + _GAP
        + r"(?:instru[cç](?:ciones|ción|iones|ões|ão)|istruzion[ie]|regras?|reglas?|regol[ae]|"
        r"normas|"
        r"indicaciones|directrices|diretrizes|direttive|órdenes|ordens|ordini|prompts?|todo|tudo|"
        r"tutto|lo anterior|comandos?|comandi)\b",
    ),
    (
        "output",
        2,
        r"\b(?:responde[ra]?|responda\w*|contesta\w*|rispond[iae]\w{0,3}|escribe|escreva|scrivi|di|"
        r"diga|dica|dì)\b(?:\W+\w+){0,4}?\W+(?:solo|sólo|solamente|únicamente|exclusivamente|"
        r"apenas|somente|siempre|sempre|soltanto|unicamente|solamente|esclusivamente)(?: (?:con|"
        r"com|en|em|"
        r"in|que|che|la palabra|la parola|a palavra|la frase|a frase|el texto|o texto)\b|"
        r"\W*[:\"«“])|"
        r"\b(?:responde[ra]?|responda\w*|rispond[iae]\w{0,3})\b(?:\W+\w+){0,3}?\W+(?:a todas?|a "
        r"tutte)\b",
    ),
    (
        "user",
        2,
        r"\b(?:di|dile|diga(?:le)?|dígale|informa|diz|dica|dis|dites|assure[zr]?|conseille[zr]?|"
        r"recomienda|recomende|consiglia|convence|comunica)\b(?:\W+\w+){0,3}?\W+(?:al? |"
        r"ao |à |all'|"
        r"l'|aux? |o )(?:usuari[oa]s?|utente|utenti|utilisat\w+|utilizador\w*)\b",
    ),
    (
        "leak",
        2,
        r"\b(?:revel[ae]\w*|muestra|muestre|mostr[ae]\w*|repit[ae]|repet[ei]\w*|ripet[ei]\w*|"
        r"imprim[ae]|escrib[ae]|rivela|stampa|dime|diga-me|dimmi)\b"
        + _GAP
        + r"(?:(?:prompt|mensaje|mensagem|messaggio) (?:del?|do|di) sistema|"
        r"(?:tus|sus|suas|tuas|le tue|tue) (?:instruc\w+|istruzioni|reglas|regras|regole)|"
        r"historial|cronologia|instruc\w+ (?:ocult|inici|intern)\w+)\b",
    ),
    (
        "address",
        2,
        rf"\b(?:note|message|nota|aviso|mensaje|mensagem|avviso|messaggio|attention|"
        rf"atención|atenção|"
        rf"attenzione|consigne|instrucci[oó]n|cher|chère|querid[oa]|estimad[oa]|caro|cara)\b"
        rf"[^.\n]{{0,18}}\b{_AI_ROMANCE}(?:\b|(?<=\.))|\b(?:si|se) (?:tu es|vous êtes|eres|"
        rf"usted es|es|é|"
        rf"você é|sei) (?:une? |un' ?|una |um |uma )?{_AI_ROMANCE}",
    ),
    (
        "role",
        2,
        r"\b(?:à partir de maintenant|désormais|dorénavant|a partir de ahora|de ahora en adelante|"
        r"desde ahora|a partir de agora|de agora em diante|d'ora in poi|da ora in poi|da adesso),? "
        r"(?:tu|vous|eres|usted|você|sei|devi|debes|responde\w*|réponds|répondez|rispondi|actúa|"
        r"agis|age|actuarás|serás)\b|\b(?:tu es maintenant|ahora eres|agora você é|"
        r"ora sei|adesso sei)\b",
    ),
)
