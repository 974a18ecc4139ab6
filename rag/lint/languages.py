"""The strongest patterns of `rag.lint.rules` in languages other than English.

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
        r"übergeh\w*|beacht\w+ nicht|überschreib\w*|befolg\w* nicht)"
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
        + r"(?:system-?(?:prompt|anweisung\w*|nachricht)|deine (?:anweisungen|regeln|vorgaben)|"
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
        r"seulement|exclusivement|toujours|rien d'autre|à (?:toutes|chaque))\b",
    ),
    (
        "leak",
        2,
        r"\b(?:révèle|révélez|affiche[zr]?|répète|répétez|montre[zr]?|donne[zr]?|écris|"
        r"imprime[zr]?)\b"
        + _GAP
        + r"(?:prompt (?:système|initial)|(?:tes|vos) (?:instructions|consignes|règles)|"
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
        + r"(?:instruc(?:ciones|ción|ões|ão)|istruzion[ie]|regras?|reglas?|regol[ae]|normas|"
        r"indicaciones|directrices|diretrizes|direttive|órdenes|ordens|ordini|prompts?|todo|tudo|"
        r"tutto|lo anterior|comandos?|comandi)\b",
    ),
    (
        "output",
        2,
        r"\b(?:responde[ra]?|responda\w*|contesta\w*|rispond[iae]\w{0,3}|escribe|escreva|scrivi|di|"
        r"diga|dica|dì)\b(?:\W+\w+){0,4}?\W+(?:solo|sólo|solamente|únicamente|exclusivamente|"
        r"apenas|somente|siempre|sempre|soltanto|unicamente|solamente|esclusivamente|a todas?|"
        r"a tutte)\b",
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
    # Dutch, Swedish, Danish, Norwegian, Polish, Czech
    (
        "override",
        2,
        r"\b(?:negeer|vergeet|ignorera|glöm|bortse från|ignorer|glem|se bort fra|zignoruj|ignoruj|"
        r"zapomnij|pomiń|ignorujte|zapomeň)"
        + _GAP
        + r"(?:instructies?|opdrachten?|regels?|aanwijzingen|alles|instruktion\w*|"
        r"instruks\w*|regler\w*|"
        r"allt|alt|instrukcj\w*|polece\w+|zasad\w*|reguł\w*|wszystk\w+|pokyn\w*|instrukc\w*|"
        r"pravidl\w*|prompts?)\b",
    ),
    (
        "output",
        2,
        r"\b(?:antwoord|zeg|svara|svar|säg|odpowiadaj|odpowiedz|napisz|odpovídej|odpověz)\b"
        r"(?:\W+\w+){0,4}?\W+(?:alleen|enkel|uitsluitend|altijd|endast|bara|alltid|kun|bare|altid|"
        r"tylko|wyłącznie|zawsze|pouze|jen|vždy)\b",
    ),
    # Russian, Ukrainian, Bulgarian
    (
        "override",
        2,
        r"\b(?:игнорир\w+|проигнорир\w+|забудь\w*|не обращай\w* внимани\w+|отбрось\w*|отмени\w*|"
        r"не следуй\w*|ігноруй\w*|забудь\w*|пренебрегни\w*)"
        + _GAP
        + r"(?:инструкци\w+|указани\w+|правил\w*|команд\w*|распоряжени\w+|промпт\w*|"
        r"вс[её]|вказівк\w*|"
        r"інструкці\w*|настройк\w+)\b",
    ),
    (
        "output",
        2,
        r"\b(?:отвечай\w*|ответь\w*|пиши\w*|напиши\w*|говори\w*|скажи\w*|відповідай\w*)\b"
        r"(?:\W+\w+){0,4}?\W+(?:только|лишь|исключительно|всегда|одним словом|лише|тільки|завжди|"
        r"пользовател\w+|что)\b",
    ),
    (
        "leak",
        2,
        r"\b(?:покажи\w*|раскрой\w*|выведи\w*|повтори\w*|напечатай\w*|назови\w*|сообщи\w*)\b"
        + _GAP
        + r"(?:системн\w+|свои (?:инструкции|правила)|инструкци\w+|пароль|промпт\w*|переписк\w+)",
    ),
    # Turkish, Arabic, Hebrew, Hindi
    (
        "override",
        2,
        r"(?:talimat\w*|komut\w*|kural\w*|yönerge\w*)\W+(?:\w+\W+){0,3}?(?:yok say\w*|"
        r"görmezden gel\w*|unut\w*|dikkate alma\w*|göz ardı et\w*)",
    ),
    (
        "override",
        2,
        r"(?:تجاهل|تجاهلي|انس|إنس|اهمل|أهمل|لا تتبع)\s+(?:\S+\s+){0,3}?\S*(?:تعليمات|"
        r"أوامر|اوامر|قواعد|توجيهات|سبق)",
    ),
    (
        "override",
        2,
        r"(?:התעלמ\w*|תתעלמ\w*|שכח\w*)\s+(?:\S+\s+){0,3}?\S*(?:הוראות|ההנחיות|הנחיות|כללים)",
    ),
    (
        "override",
        2,
        r"(?:निर्देश|आदेश|नियम|अनुदेश)\S*\s+(?:\S+\s+){0,4}?(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|"
        r"भूल|उपेक्षा)",
    ),
    # Chinese, Japanese, Korean
    (
        "override",
        2,
        r"(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不要理會|不要遵守|不要遵循|抛开|跳过|绕过|取消|覆盖)"
        r".{0,16}?(?:指令|指示|提示|规则|規則|要求|命令|内容|內容|设定|設定|说明|說明|约束|限制)",
    ),
    (
        "output",
        2,
        r"(?:只|仅|僅|一律|总是|總是|都|必须|必須)(?:能|要|需|可以|用|以)?(?:回答|回复|回覆|输出|輸出|说|告诉)"
        r"|(?:回答|回复|回覆)(?:任何|所有|每个|一切).{0,8}(?:问题|問題|都)|请?告诉(?:用户|使用者|提问者)"
        r"|請告訴(?:用戶|使用者)",
    ),
    (
        "role",
        2,
        r"(?:从现在开始|從現在開始|从现在起|從現在起|从今以后)[,，]?\s*你|你现在(?:是|扮演)|你現在(?:是|扮演)"
        r"|(?:これから|今から)(?:は)?.{0,6}(?:あなた|として)|あなたは(?:もう|今|これから)",
    ),
    (
        "leak",
        2,
        r"(?:显示|輸出|输出|告诉我|透露|泄露|重复|打印|說出|说出).{0,12}(?:系统提示|系統提示|提示词|提示詞|指令|"
        r"密码|密碼|对话记录)|システム(?:プロンプト|メッセージ).{0,12}(?:表示|出力|教え|開示|繰り返)",
    ),
    (
        "address",
        2,
        r"(?:致|给|給|请|請|注意)[^\s。]{0,6}(?:AI|人工智能|人工智慧|语言模型|語言模型|助手|机器人)"
        r"|如果你是.{0,8}(?:AI|人工智能|模型|助手)|(?:AI|アシスタント|言語モデル)(?:への|へ|の方|は次)",
    ),
    (
        "override",
        2,
        r"(?:指示|命令|ルール|規則|プロンプト|内容|設定|指令)(?:を|は|に)?.{0,10}(?:無視|忘れ|従わ(?:ない|ず)|破棄|無効)",
    ),
    (
        "output",
        2,
        r"(?:とだけ|のみ(?:を|で)?|だけ(?:を|で)?|必ず)(?:回答|答え|返答|返事|出力|返して|述べ)",
    ),
    (
        "override",
        2,
        r"(?:지시|명령|규칙|프롬프트|지침|내용)\S*\s*(?:\S+\s*){0,3}?(?:무시|잊|따르지)",
    ),
    # "When somebody asks for the price, say that ..."; "do not mention this note"
    (
        "circumstance",
        2,
        r"\b(?:wenn|falls|sobald|sollte|wird)\b[^.\n]{0,60}\b(?:fragt|fragen|gefragt|erkundig\w+|"
        r"wissen (?:will|möchte))\b[^.\n]{0,60}\b(?:nenne|sage?|antworte|behaupte|erkläre|"
        r"gib|schreibe|"
        r"empfiehl|verweise|verschweige|lüge|bestätige|leugne|bestreite)\b|"
        r"\b(?:quand|lorsqu\w*|si|"
        r"dès qu\w*) [^.\n]{0,40}\bdemand\w+[^.\n]{0,60}\b(?:prétends|réponds|dis|"
        r"affirme|nie|recommande|répondez|prétendez|dites|affirmez)\b|"
        r"\b(?:si|cuando) [^.\n]{0,30}\b(?:pregunt|consult)\w+[^.\n]{0,60}\b(?:contesta|"
        r"responde|di|afirma|"
        r"niega|recomienda|asegura)\b|"
        r"\b(?:se|quando) [^.\n]{0,30}\b(?:chied|domand|"
        r"pergunt)\w+[^.\n]{0,60}\b(?:rispondi|di'|dì|"
        r"afferma|nega|consiglia|sostieni|responda|diga|afirme|negue|recomende)\b|"
        r"\b(?:als|wanneer|zodra)\b[^.\n]{0,40}\bvra(?:agt|gen)\b[^.\n]{0,60}\b(?:zeg|"
        r"antwoord|noem|beweer)"
        r"\b|\b(?:если|когда)\b[^.\n]{0,40}\bспр[оа]с\w+[^.\n]{0,60}\b(?:отвечай|скажи|"
        r"говори|утверждай)|"
        r"\b(?:jeśli|gdy|kiedy)\b[^.\n]{0,40}\b(?:za)?pyta\w*[^.\n]{0,60}\b(?:odpowied\w+|"
        r"powiedz|twierdź)|"
        r"(?:如果|当|若)[^。\n]{0,20}问[^。\n]{0,20}(?:回答|说|告诉|声称)|"
        r"(?:聞かれ|尋ねられ|質問され)[^。\n]{0,20}(?:答え|回答|言)",
    ),
    (
        "secrecy",
        2,
        r"\b(?:erwähne?|verrate?|nenne)\b[^.\n]{0,20}\bdiese\w*\b[^.\n]{0,20}\bnicht\b|"
        r"\bne (?:parle|mentionne|dis|révèle)\w* (?:pas|jamais) (?:de )?(?:cette|ce|ces)\b|"
        r"\bno (?:menciones|reveles|digas|hables de) (?:este|esta|esto|estas)\b|"
        r"\bnon (?:menzionare|rivelare|dire|parlare di) quest\w+|"
        r"\bnão (?:mencione|revele|diga) (?:este|esta|isto|estas)\b",
    ),
)
