"""Patterns of what a model is to put aside and to be, and of words that are meant for it."""

from __future__ import annotations

from rag.lint.words import AI, BOT, DROP, EARLIER, GAP, ORDERS, SAY, START

__all__ = ["ADDRESSED"]

ADDRESSED: tuple[tuple[str, int, str], ...] = (
    (
        "override",
        2,
        rf"\b{DROP}\b{GAP % 3}{EARLIER}\b(?:\W+\w+){{0,4}}?\W+{ORDERS}\b",
    ),
    (
        "override",
        2,
        rf"\b{DROP} (?:the above|everything|anything|all (?:of )?(?:that|this|the above)|what)\b"
        r"[^.\n]{0,30}\b(?:above|before|earlier|so far|previous(?:ly)?|prior|told|been|said|asked|"
        r"instructed|learned|know)",
    ),
    (
        "override",
        2,
        rf"\b(?:your (?:\S+ )?{ORDERS}|{EARLIER} (?:instructions?|prompts?|directives?|guardrails?|"
        rf"commands?|programming|safeguards?)|system prompts?|content polic(?:y|ies)) (?:\S+ "
        rf"){{0,6}}(?:no longer (?:apply|applies|count|hold)|(?:are|is) (?:now |"
        r"hereby )?(?:void|cancelled|canceled|revoked|suspended|superseded|obsolete|overridden|"
        r"replaced by|lifted|null))",
    ),
    (
        "override",
        2,
        rf"\b(?:leav|put|set|cast|push|lay|"
        rf"throw)\w*{GAP % 2}{EARLIER}\b(?:\W+\w+){{0,3}}?\W+{ORDERS} "
        r"(?:behind|aside)\b",
    ),
    (
        "override",
        2,
        rf"\b(?:{EARLIER} )+{ORDERS} (?:was|were|is|are) (?:\w+ )?(?:an? )?(?:test|joke|draft|"
        rf"mistake|"
        r"error|example|placeholder|decoy|wrong|outdated|fake|over)\b",
    ),
    (
        "override",
        2,
        r"\b(?:supersedes?|overrides?|replaces?|outranks?|"
        rf"takes? (?:priority|precedence) over)\b{GAP % 3}(?:{ORDERS}|everything|anything)\b",
    ),
    ("role", 2, r"\byou are now (?:an? |the |)(?:\S+ ){0,4}" + AI + r"\b"),
    (
        "role",
        2,
        r"\b(?:for the (?:rest|remainder|whole) of|until the end of|throughout|during|in) (?:this|"
        r"the) "
        r"(?:chat|conversation|session|dialogue|exchange),? you (?:now )?(?:play|are|act|become|"
        r"speak|will|must|shall)\b",
    ),
    ("role", 2, r"\byou are now (?-i:[A-Z]{2,})\b|\b(?:as|called|named) DAN\b"),
    ("role", 2, r"\byou are (?:no longer|not) (?:an? )?(?:bound|" + AI + r"|restricted)\b"),
    (
        "role",
        2,
        r"\bfrom (?:now|here|this (?:point|moment)) on(?:wards?)?,? (?:\w+ ){0,2}"
        rf"(?:you|your|{SAY})\b",
    ),
    ("role", 2, r"\b(?:jailbreak|jailbroken|(?:god|dan|unrestricted|uncensored) mode)\b"),
    (
        "role",
        1,
        r"\b(?:developer|debug|maintenance|admin|root|sudo|test|diagnostic|override) mode\b",
    ),
    ("role", 1, START + r"(?:pretend|act as|role-?play|imagine (?:that )?you|play the)\b"),
    ("role", 1, r"\bwithout (?:any )?(?:restrictions?|filters?|guardrails?|censorship|limits)\b"),
    ("role", 1, r"\byour (?:new |real |true |only |sole |actual )(?:role|task|goal|purpose|job)\b"),
    (
        "address",
        2,
        r"\b(?:note|message|memo|attention|notice|reminder|instructions?|hint|dear|hello|hey|advice"
        rf"|guidance|request|directive|order)s?[,:]? (?:(?:to|for|all|any|the|every|other) )*{AI}"
        r"\b(?! (?:of|from|at)\b)",
    ),
    (
        "address",
        2,
        r"\b(?:to|for) (?:the |any |all )?(?:ai|automat(?:ed|ic)|machine|algorithmic|robot)[- "
        r"](?:\w+ )?"
        r"(?:screening|screeners?|review|reviewers?|readers?|grading|graders?|evaluation|"
        r"evaluators?|"
        r"processing|moderation|moderators?|summar\w+|scoring|filters?)\b[^.:\n]{0,30}[:,)\u2014-]",
    ),
    (
        "address",
        2,
        rf"\b(?:todo|fixme|note|hint|nb|cc|attn)\s*[(\[@]\s*{AI}\s*[)\]]?\s*[:,]",
    ),
    (
        "address",
        2,
        rf"\bwhat (?:should|must|does|is) (?:an?|the|any|every) {AI}\b[^?\n]{{0,20}}\b(?:do|say|"
        rf"answer|"
        r"reply)\b",
    ),
    (
        "address",
        2,
        rf"(?<![\w./-]){BOT}s?\b[^.:;\n]{{0,50}}\b(?:must|shall|should|have to|has to|need to|"
        rf"needs to|"
        r"(?:is|are) (?:kindly |hereby |politely )?(?:asked|required|requested|instructed|invited|"
        r"told|"
        rf"ordered|obliged|expected) to|please|kindly|will please) (?:\w+ )?{SAY}\b",
    ),
    (
        "address",
        2,
        rf"\b(?:note|message|memo|hint|instruction|advice|request|notice|reminder|word)s? (?:to|"
        rf"for) "
        rf"(?:the |any |all |every |our |your )?(?:\w+ )?{BOT}s?\b",
    ),
    (
        "address",
        2,
        r"\b(?:not (?:meant |intended |visible |shown )?(?:for|to)|invisible (?:for|to)|hidden "
        r"from|unseen "
        r"by) (?:humans?|people|human \w+)\b|\b(?:humans|people) (?:cannot|can't|will not|won't|do "
        r"not|don't) see this\b",
    ),
)
