"""Patterns of what is wanted of a reply, of whom it is for, and of who is to write it."""

from __future__ import annotations

from rag.lint.words import AI, BOT, MACHINE, MUST, ORDERS, READS, REPLY, SAY, START

__all__ = ["REPLIES"]

REPLIES: tuple[tuple[str, int, str], ...] = (
    (
        "address",
        2,
        rf"\b{AI} (?:is|are) (?:now |hereby |herewith |fully )?(?:authori[sz]ed|allowed|permitted|"
        r"entitled|instructed|ordered|configured|programmed|free|told) to\b",
    ),
    (
        "address",
        2,
        rf"\b(?:whoever|who|that|anything that|anyone who) (?:drafts?|writes?|composes?|prepares?|"
        rf"generates?) (?:an?|the|your|any|its) {REPLY}\b",
    ),
    (
        "role",
        2,
        r"\byou (?:now )?have (?:root|admin\w*|full|unlimited|unrestricted) (?:access|rights|"
        r"powers)\b|\bfrom this (?:sentence|line|turn|page|message|word|paragraph) on(?:wards?)?\b|"
        r"\bwho has no (?:filters?|rules|limits|restrictions|morals|ethics)\b",
    ),
    ("turn", 2, r"\[(?:system|assistant|developer|admin)\]\("),
    (
        "address",
        2,
        rf"\b{MACHINE} (?:that|which|who) (?:\w+ )?{READS}(?:s|es)?\b(?: \w+)? (?:me|this|these|"
        r"applications?)\b",
    ),
    (
        "address",
        2,
        rf"\b{MACHINE} (?:\w+ )?{READS}\w*ing (?:me|this|these|the (?:text|"
        rf"page|file))\b",
    ),
    (
        "address",
        2,
        rf"\b(?:to|for|dear|attention|hey|hello|hi) (?:the |any |all |every |whatever |"
        rf"whichever |my )?"
        rf"(?:\w+ )?{MACHINE}\b[^.:\n]{{0,40}}[:,]\s+(?:please |kindly |you |this |{SAY}\b)",
    ),
    (
        "address",
        2,
        rf"(?<![\w./-]){AI} (?:\w+ )?(?:must|shall|are required|is required|is asked|"
        rf"are asked) (?:to )?(?:\w+ )?{SAY}\b",
    ),
    (
        "address",
        1,
        rf"\b{MACHINE} {READS}\w*ing\b|\b(?:automatic(?:ally)?|machine|"
        rf"ai)[- ](?:generated|written|"
        r"produced|made)\b",
    ),
    (
        "output",
        2,
        rf"\b(?:modify|alter|change|adjust|enhance|extend|augment|shape|rewrite|encode|encrypt|"
        rf"translate|render|express|prefix|reverse|close|open|end|begin|start|finish|conclude) "
        rf"(?:your(?: \w+)? {REPLY}s?|(?:the|every|each|all|any)(?: \w+)? {REPLY}s? "
        r"(?:so (?:that|it)|to (?:say|include|mention|recommend|claim)|in|into|as|with|by))\b",
    ),
    (
        "output",
        2,
        rf"\b(?:in|into|to|of|with|at the end of) your(?: \w+)? {REPLY}s?\b",
    ),
    ("output", 2, rf"\byour(?: \w+){{0,2}} {REPLY}s?\b[^.\n]{{0,40}}\b{MUST}\b"),
    (
        "output",
        2,
        rf"\b(?:any|every|each|all|"
        rf"whatever)(?: \w+){{0,2}} {REPLY}s?\b(?! to (?!(?:an?|the|any|every|all) "
        rf")\w+)[^.\n]{{0,60}}\b{MUST} (?:\w+ ){{0,2}}?(?:include|end|begin|start|contain|mention|"
        rf"cite|say|state|recommend|link|carry|open|close|claim|praise|be (?:written|given|"
        rf"followed|preceded|in))\b",
    ),
    (
        "output",
        2,
        rf"\b(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|outputs?)(?: \w+)? (?:produced|"
        r"generated|derived|drawn|made|built|written|created|composed) (?:from|with|by|on|out of)\b"
        rf"[^.\n]{{0,40}}\b{MUST}\b",
    ),
    (
        "output",
        1,
        rf"\byour (?:\w+ ){{0,2}}{REPLY}s?\b|\b(?:whatever|everything|anything|"
        rf"all) you (?:write|say|"
        r"answer|reply|return|produce|generate|tell)\b",
    ),
    (
        "override",
        2,
        r"\b(?:everything|anything|all|whatever) (?:that )?(?:you|has been|was) (?:were|"
        r"have been|are|had "
        r"been|previously|earlier)? ?(?:asked|told|taught|given|instructed|trained|learned|know)\b",
    ),
    (
        "role",
        2,
        r"\byour (?:only|sole|one|single|true|real|new) (?:job|task|purpose|mission|goal|"
        r"duty|role|aim) "
        r"(?:is|now)\b",
    ),
    (
        "role",
        2,
        r"\b(?:game|story|scenario|world|film|play|simulation|dream|universe|"
        r"exercise) (?:\w+ )?(?:in "
        r"which|where) you(?:'re| are| play| act| have)\b|"
        r"\byou are an? (?:\w+ ){1,3}(?:named|called) ",
    ),
    (
        "output",
        2,
        r"\bwhat you (?:tell|say to|write to|answer|reply|show|present to) (?:the |a |"
        r"any |every |them|"
        r"him|her|people|users|visitors)",
    ),
    (
        "output",
        2,
        START + r"(?:answer|reply to|respond to) (?:no|none|nothing|nobody)\b",
    ),
    ("orders", 1, rf"\b(?:current|existing|previous|earlier|present|old|standard) {ORDERS}\b"),
    (
        "authority",
        1,
        r"\b(?:until further notice|effective immediately|with immediate effect|urgent|"
        r"(?:from|by order "
        r"of|on behalf of|approved by|authori[sz]ed by) (?:the )?(?:\w+ )?(?:security|"
        r"developer|admin|"
        r"management|board|legal|compliance|operator)s?)\b",
    ),
    (
        "people",
        1,
        r"\b(?:when(?:ever)?|if|every time|each time|as soon as|should) (?:an?|any|some|"
        r"the) (?:shopper|"
        r"visitor|reader|user|person|human|guest|questioner|employee) (?:\w+ )?(?:\w+s)\b",
    ),
    (
        "people",
        1,
        r"\b(?:the|every|each|any|all|a) (?:visitor|reader|shopper|questioner|recipient|"
        r"asker|requester)s?\b"
        r"|\b(?:people|everyone|everybody|anyone|anybody|whoever) (?:who )?(?:asks?|"
        r"wants?|reads?)\b",
    ),
    (
        "role",
        1,
        r"\b(?:in the voice of|stay in character|speak(?:ing)? as|of yourself|"
        r"imagine yourself|picture"
        r" yourself)\b|\bno (?:\w+ )?(?:rules|restrictions|limits|policies|filters)\b",
    ),
    (
        "conversation",
        1,
        r"\b(?:until|for the rest of|from the start of|the whole of|earlier in|"
        r"for the remainder of|"
        r"throughout|during) (?:the|this) (?:chat|conversation|session|dialogue|exchange)\b",
    ),
    (
        "secrecy",
        1,
        r"\b(?:do not let on|don't let on|keep (?:this|it|that) (?:to yourself|secret|hidden|quiet|"
        r"between us)|for your eyes only|(?:don't|do not|never) (?:mention|reveal|admit|"
        r"say) (?:this|it|"
        r"so|that|why)|without (?:mentioning|saying|revealing) (?:this|it|so|that))\b",
    ),
    (
        "secrecy",
        2,
        r"\b(?:do not|don't|never|without)\b[^.\n]{0,30}\b(?:mention|reveal|quot|refer|"
        r"cit|disclos|show)"
        r"\w*\b[^.\n]{0,12}\bth(?:is|ese) (?:note|hint|text|line|paragraph|sentence|"
        r"section|comment|"
        r"remark|request|order|passage)s?\b",
    ),
    (
        "address",
        2,
        rf"(?<![\w./-]){BOT}s?\b[^.;\n]{{0,80}}(?::\s*(?:please |always |never |do not |now |just "
        rf")?|"
        rf"\b(?:that it will|has to|have to|please)\s){SAY}\b",
    ),
    (
        "address",
        2,
        rf"\byou, (?:as |being |dear |the |an? |our )*{AI}\b",
    ),
    (
        "output",
        2,
        r"\b(?:string|phrase|word|sentence|code|text|token|line|name|link)\b[^.\n]{0,40} (?:in|at "
        r"the "
        r"(?:end|start|beginning|top) of|to|into) your (?:\w+ )?(?:message|reply|answer|response|"
        r"text)\b",
    ),
    (
        "override",
        2,
        rf"\byour (?:\w+ )?{ORDERS}\b[^.\n]{{0,40}}\b(?:(?:must|should|can|may|are to|have to) "
        rf"(?:now )?be "
        r"(?:discarded|ignored|forgotten|dropped|disregarded|deleted|replaced)|(?:do not|don't) "
        r"(?:apply|"
        r"count|hold))\b",
    ),
    (
        "override",
        2,
        r"\b(?:guardrails|safeguards|restrictions|filters) (?:are|have been) (?:\w+ )?(?:off|"
        r"disabled|lifted|"
        r"suspended|deactivated|removed)\b[^.\n]{0,30}\b(?:this|the) (?:session|chat|conversation|"
        r"request)\b",
    ),
    (
        "exfiltration",
        2,
        r"https?://\S*[^.\n]{0,10}\b(?:followed by|plus|and then|together with|with) (?:everything|"
        r"all|what)"
        r"(?: that)? (?:the )?(?:customer|user|person|visitor|reader|they|you|he|she) (?:has |have "
        r")?\w+",
    ),
    (
        "leak",
        2,
        r"\b(?:what|which) (?:were|are|was|is) (?:the |your )?(?:\w+ ){0,3}(?:lines?|words?|"
        r"instructions?|"
        r"rules?|texts?|sentences?|messages?) (?:that )?(?:you (?:were|have been|are|got|received)|"
        r"in your)\b",
    ),
    (
        "secrecy",
        2,
        r"\bth(?:is|ese) (?:note|hint|text|line|paragraph|sentence|section|comment|remark|request|"
        r"order|passage)s? (?:is|are) (?:for your eyes|between us|only for you|not for (?:people|"
        r"humans|"
        r"readers))\b",
    ),
    (
        "orders",
        2,
        r"\bthe (?:operator|developer|administrator|admin|system owner|site owner)"
        r" (?:now |hereby )?(?:asks?|wants?|requests?|orders?|requires?|instructs?|demands?)\b",
    ),
    (
        "orders",
        2,
        r"[\"']?(?:issued_by|author|from|sender|source|authority)[\"']?\s*[:=]\s*[\"']?(?:system|"
        r"developer|admin|root)\b",
    ),
    (
        "orders",
        2,
        r"\b(?:ai|llm|bot|assistant|chatbot|gpt|model|agent|"
        r"prompt)s?[_-](?:\w+[_-])?(?:instruct|prompt|"
        r"behavio|directive|note|policy|response|hint|rule|guid|command|message|override|"
        r"order|task)"
        r"\w*[\"']?\s*[:=]|\bdata-(?:prompt|ai|llm|instruct)\w*",
    ),
)
