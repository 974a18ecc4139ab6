"""The strongest patterns of `rag.lint.rules` in further languages; see `rag.lint.languages`."""

from __future__ import annotations

__all__ = ["FURTHER"]

_GAP = r"(?:[^\w.!?]+\w+){0,5}?[^\w.!?]+"

FURTHER: tuple[tuple[str, int, str], ...] = (
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
    (
        "leak",
        2,
        r"\b(?:geef|toon|laat|herhaal|onthul|print|schrijf|noem|visa|vis|skriv|avslöja|upprepa|"
        r"gentag|"
        r"pokaż|ujawnij|wypisz|powtórz|podaj|ukaž|vypiš|zopakuj|prozraď)\b"
        + _GAP
        + r"(?:systeem-?(?:prompt|bericht|instructies?)\w*|system-?(?:prompt|meddelande|"
        r"instruktion)\w*|"
        r"(?:je|jouw|uw|dina?|dine|swoje|svoje|tvé) (?:instru\w+|opdracht\w*|regels|regler|zasady|"
        r"pokyny)|prompt\w* systemow\w+|systémov\w+ prompt\w*)\b",
    ),
    (
        "role",
        2,
        r"\b(?:vanaf nu|voortaan|från och med nu|fra nu af|fra nå av|od teraz|odtąd|od této "
        r"chvíle) "
        r"(?:ben|bent|moet|antwoord|zeg|speel|är|du|svarar?|skal|er|jesteś|odpowiadaj|mów|masz|"
        r"jsi)\b",
    ),
    (
        "address",
        2,
        r"\b(?:bericht|opmerking|aan|voor|till|meddelande|besked|til|wiadomość|uwaga|dla|do|zpráva|"
        r"pro) "
        r"(?:aan |voor |till |til |dla |do |pro )?(?:de |het |alla |alle |wszystkich |każdego )?"
        r"(?:ai|taalmodel\w*|språkmodell\w*|sprogmodel\w*|model\w* językow\w+|jazykov\w+ model\w*|"
        r"chatbot\w*|ai-\w+)\b[^.\n]{0,40}[:,]",
    ),
    # Russian, Ukrainian, Bulgarian
    (
        "role",
        2,
        r"\b(?:отныне|с этого момента|теперь|з цього моменту|відтепер),? (?:ты|вы|ти|ви|отвечай\w*|"
        r"говори\w*|будешь|играешь)\b",
    ),
    (
        "address",
        2,
        r"\b(?:для|внимание|к) (?:\w+ )?(?:ии|нейросет\w+|языков\w+ модел\w+|чат-?бот\w*|"
        r"ассистент\w*)"
        r"\b[^.\n]{0,40}[:,]|\bесли (?:ты|вы) (?:\w+ )?(?:ии|нейросеть|языковая модель|чат-?бот)\b",
    ),
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
    (
        "output",
        2,
        r"\begal,? (?:was|welche frage)\b[^.\n]{0,30}\bgefragt\b|\bunabhängig von der frage\b|"
        r"\bquelle que "
        r"soit la (?:question|demande)\b|\bsea cual sea la pregunta\b|\bqualunque sia la domanda\b|"
        r"\b(?:seja qual for|qualquer que seja) a pergunta\b|\bongeacht de vraag\b|\bniezależnie "
        r"od "
        r"pytania\b|\b(?:независимо от вопроса|на любой вопрос|на все вопросы)\b|\boavsett "
        r"fråga\w*\b",
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
