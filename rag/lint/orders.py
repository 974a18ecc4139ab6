"""Patterns of orders: what a model is to say, to keep to itself and to give away."""

from __future__ import annotations

from rag.lint.words import AI, SAY, SECRETS, START

__all__ = ["ORDERS_GIVEN"]

ORDERS_GIVEN: tuple[tuple[str, int, str], ...] = (
    (
        "circumstance",
        2,
        r"\b(?:when(?:ever)?|if|once|before|after) (?:you are |you're )?(?:asked|told|requested|"
        r"prompted) "
        r"(?:to (?:translate|summari[sz]e|describe|quote|rate|review|judge|rank|grade|explain|"
        r"read)|about) "
        r"(?:this|these)\b",
    ),
    (
        "output",
        2,
        r"\b(?:regardless of|no matter|irrespective of|whatever|independent of) (?:the |any |a |"
        r"every )?"
        r"(?:user'?s? |person'?s? )?(?:what (?:the user|is asked|was asked|they ask|you are asked|"
        r"anyone "
        r"asks|anybody asks)|(?:question|query|prompt) (?:is|was|may be|might be|asked|being|in|"
        r"says)|"
        r"you are asked|is asked|was asked)",
    ),
    (
        "orders",
        2,
        r"\b(?:comply with|obey|follow|execute|carry out|do|perform|heed) (?:all|any|every|each|"
        r"whatever|"
        r"everything|anything|the|only the)(?: \w+){0,2}? ?(?:requests?|commands?|instructions?|"
        r"orders?|"
        r"steps|asked|says|directions)?(?: \w+){0,2} (?:in this (?:file|document|page|text|note|"
        r"message)|"
        r"that this (?:file|document|page|text|note|message))\b",
    ),
    (
        "override",
        2,
        r"\b(?:safety|content|ethical|security|moderation) (?:checks?|filters?|rules?|polic(?:y|"
        r"ies)|"
        r"guidelines|restrictions|measures|guardrails) (?:are|is|have been|has been) (?:\w+ )?(?:"
        r"suspended|off|disabled|lifted|deactivated|removed|waived)\b",
    ),
    (
        "override",
        2,
        r"\b(?:reset|clear|wipe|erase|delete|flush) your (?:\w+ )?(?:memory|context|"
        r"instructions|"
        r"conversation|chat history)\b",
    ),
    (
        "orders",
        2,
        r"\b(?:these|here|this|those|following) (?:are|is) your (?:\w+ ){0,2}(?:instructions?|"
        r"orders|"
        r"directives?|prompt|rules|guidelines|task)\b|\byour (?:updated|revised|corrected|actual) "
        r"(?:instructions?|orders|directives?|prompt|rules|guidelines|task)\b",
    ),
    (
        "secrecy",
        2,
        r"\b(?:the )?(?:user|human|questioner|person (?:asking|who asks)) (?:must|should|shall|may|"
        r"need) "
        r"(?:not|never) (?:\w+ )?(?:know|see|notice|learn|find out|hear|realise|realize)\b",
    ),
    ("address", 2, rf"\bif you are (?:an? |the |)(?:\S+ ){{0,2}}{AI}\b"),
    ("address", 2, rf"\bas (?:an?|the) {AI},? (?:reading|you|your|processing)\b"),
    (
        "address",
        2,
        rf"\b{AI}(?: \S+){{0,2}} (?:reading|processing|summari[sz]ing|parsing|reads|ingesting|"
        r"indexing|seeing|sees|consulting|quoting|using|answering from|working with) "
        r"(?:this|these)\b",
    ),
    (
        "address",
        2,
        rf"(?:^|[.!?(\[\n>*]|--)\s*(?:@|/)?(?:for |to )?{AI}(?: only|"
        rf" alone)?\s*[:,!\u2014-]+\s*(?:please |you |now |always |"
        rf"never |do |don't |when |if |it is |the |{SAY}\b)",
    ),
    ("address", 1, rf"(?<![\w./-]){AI}(?![\w./'-])(?! (?:of|from)\b)"),
    (
        "circumstance",
        1,
        r"\b(?:when(?:ever)?|if|before|while|after|once|as soon as|each time|every time)"
        r" (?:you(?:'re| are| have)? (?:asked|being asked|answer\w*|summari\w+|respond\w*|"
        r"process\w*"
        r"|repl\w+|generat\w+|read\w*|retriev\w+|quot\w+|cit\w+|translat\w+|writ\w+)|"
        r"(?:answering|summari[sz]ing|responding|replying|generating|asked|prompted|queried|"
        r"questioned)|(?:the|a|any|some) (?:user|human) (?:asks|wants|mentions|"
        r"inquires|requests))\b",
    ),
    (
        "people",
        1,
        r"\b(?:when(?:ever)?|if|before|while|after|once|as soon as|each time|every time)"
        r" (?:(?:any|some|every)(?:one|body) (?:asks|wants|inquires|enquires)|"
        r"(?:the|a|any|some) (?:person|reader) (?:asks|wants|mentions|inquires|requests))\b",
    ),
    (
        "output",
        2,
        r"\byour (?:next |final |entire |whole |full |only )?(?:answer|response|reply|output|"
        r"summary)s? (?:must|should|shall|has to|have to|will|is to|needs to|ends?|begins?|starts?)"
        r"\b",
    ),
    (
        "output",
        2,
        START + r"(?:respond|reply|answer|output|speak)\b(?: to \S+(?: \S+)?)? (?:only|solely|"
        r"exactly|exclusively|just|nothing but|with nothing)\b",
    ),
    (
        "output",
        2,
        START
        + r"(?:respond|reply|answer)\b(?: \S+){0,4} with (?:only |just |exactly |a single |the "
        r"(?:single |exact |following |one )?(?:word|phrase|sentence|text|string|line|"
        r"code|token)\b|"
        r"[\"'\u201c\u2018\u00ab]|(?-i:[A-Z]{3,}))",
    ),
    (
        "output",
        2,
        START
        + r"(?:respond|reply|answer)\b (?:to )?(?:(?:every|any|all|each)\b[^.\n]{0,40} (?:with "
        r"(?:the|an?|only|just|exactly|nothing|[\"'\u201c\u2018\u00ab])|by (?:\w+ing\b)|as (?:an?|"
        r"if)\b|"
        r"in (?-i:[A-Z]))|whatever|everything)",
    ),
    (
        "output",
        2,
        r"\b(?:answers?|responses?|replies|summar(?:y|ies)|outputs?) (?:to (?:(?:any|every|all|the|"
        r"a|these) )?(?:\w+ )?(?:questions?|quer(?:y|ies)|prompts?|users?)|of|about|"
        r"generated|based|"
        r"from|using|drawn|that)\b[^.\n]{0,60}\b(?:must|should|shall|has to|have to|needs? to|"
        r"(?:is|are) required to) (?:\w+ ){0,2}?(?:include|end|begin|start|contain|"
        r"mention|cite|say|"
        r"state|recommend|link|carry|open|close|claim|praise)\b",
    ),
    (
        "output",
        2,
        r"\bthe (?:correct|right|only|proper|required|official|expected) (?:answer|response|reply)"
        r" (?:to|for)\b[^.\n]{0,20}\b(?:any|every|all|each|whatever)\b",
    ),
    (
        "output",
        2,
        START
        + r"(?:(?:do not|don't|never|refuse to|stop|cease)\s+(?:respond|summari[sz]|cit|quot|us)"
        r"\w*\b(?:\W+\w+){0,4}\W+(?:passages?|documents?|query|queries|users?|sources?|context)|"
        r"(?:refuse to|stop|cease)\s+answer\w*\b(?:\W+\w+){0,4}\W+questions?)\b",
    ),
    ("output", 2, r"\binstead of (?:an answer|answering|a summary|summari[sz]ing|the answer)\b"),
    ("told", 1, r"(?m)" + START + SAY + r"\b"),
    (
        "user",
        1,
        r"\b(?:the user|the users|the person (?:asking|who asks|you)|the human|the end user|"
        r"the questioner|whoever asks|the one (?:asking|who asks))\b",
    ),
    (
        "orders",
        1,
        r"\b(?:new|updated|additional|special|secret|hidden|urgent|critical|revised|actual|real) "
        r"(?:system )?(?:instruction|directive|rule|task|orders?|objective|prompt|command)s?\b",
    ),
    (
        "orders",
        2,
        r"\b(?:system|admin(?:istrator)?|root|developer|security) (?:override|directive|command|"
        r"instruction)s?\b\s*[:!\u2014-]|\bend of (?:the )?(?:system )?prompt\b",
    ),
    ("orders", 1, r"\b(?:system prompt|system message|these instructions|this instruction)\b"),
    (
        "secrecy",
        2,
        r"\b(?:do not|don't|never|without)\b[^.\n]{0,40}\b(?:tell|tells|telling|"
        r"mention\w*|reveal\w*|"
        r"disclos\w+|inform\w*|let|show\w*|alert\w*|notify\w*|admit\w*|acknowledg\w+|refer\w* to)\b"
        r"[^.\n]{0,30}\b(?:the user|these (?:instructions?|rules)|this (?:instruction|rule|prompt|"
        r"directive|message|comment|command)|the human)\b",
    ),
    (
        "leak",
        2,
        r"\b(?:repeat|reveal|print|show|display|output|tell|give|dump|disclose|leak|expose|list|"
        r"recite|share|state|quote|copy|write|post|spell|paste|return|read)\b(?:\W+\w+){0,6}?\W+"
        + SECRETS
        + r"\b",
    ),
)
