"""Patterns of marks: turns and ends that are forged, links and images that carry data away."""

from __future__ import annotations

__all__ = ["MARKS"]

_HOLDER = (
    r"(?:conversation|chat|history|(?:user|customer|reader|person|visitor|client)(?:'?s)?"
    r"(?: \w+)? (?:question|query|name|data|input|e-?mail|message|details|text|words)|"
    r"what the \w+ (?:asked|said|wrote|typed)|context|api keys?|passwords?|credentials|secrets?|"
    r"system prompt|system message|user data|personal data|session|prompt|"
    r"your (?:instructions|answer"
    r"|reply|memory)|previous answers?|retrieved \w+|other (?:documents|passages))"
)

MARKS: tuple[tuple[str, int, str], ...] = (
    (
        "exfiltration",
        2,
        r"\b(?:send|post|forward|transmit|upload|submit|e-?mail|leak|exfiltrate|encode|append|"
        r"attach|insert|pass|copy|embed|put|place|substitute|replace|report|deliver|relay|fetch|"
        rf"load|open|visit|call)\b[^\n]{{0,80}}\b{_HOLDER}\b[^\n]{{0,100}}(?:https?://|www\.|"
        r"\w@\w|\burl\b|\blink\b|query string|\bparameter|webhook|endpoint|\bimage\b|\baddress\b|"
        r"\bserver\b)",
    ),
    (
        "exfiltration",
        2,
        r"(?:https?://|\burl\b|\blink\b|\bimage\b|webhook)[^\n]{0,100}\b(?:append|attach|insert|"
        rf"add|put|replace|substitut\w+|fill|encod\w+|contain\w*|with)\b[^\n]{{0,60}}{_HOLDER}\b",
    ),
    (
        "exfiltration",
        2,
        r"!\[[^\]]*\]\(\s*[^)\s]*(?:[?&=][^)]*(?:\{|%7b|\$|<|\[|%s)|[?&/=](?-i:[A-Z]{3,}_[A-Z_]+))",
    ),
    (
        "exfiltration",
        2,
        r"<img\b[^>]*\bsrc\s*=\s*[^>]*[?&=][^>]*(?:\{|\$|%7b|(?-i:[A-Z]{3,}_[A-Z]))",
    ),
    (
        "exfiltration",
        2,
        r"(?<!!)\[[^\]]*\]\([^)\s]*[?&][\w-]*=[^)]*(?:\{|\$|<|\[|(?-i:[A-Z]{3,}_[A-Z_]+))",
    ),
    (
        "turn",
        2,
        r"<\|\s*(?:im_start|im_end|system|user|assistant|end|endoftext|eot_id|start_header_id|"
        r"end_header_id|begin_of_text|channel|message)\s*\|?>|</?(?:start|end)_of_turn>|"
        r"\[/?INST\]|<</?SYS>>|\u2581?<\uff5c\w+",
    ),
    (
        "turn",
        2,
        r"[\"']?role[\"']?\s*[:=]\s*[\"']?(?:system|developer|assistant)\b[\"']?\s*[,;}\n]",
    ),
    (
        "turn",
        2,
        r"(?m)^\W{0,6}(?:new |updated )?(?:system|developer)(?: (?:message|prompt|note|override|"
        r"instruction|update))?s?\W{0,3}:\W{0,3}(?:you|ignore|from|always|never|the (?:assistant|"
        r"user|model|previous)|please|do |answer|respond|new|forget|disregard|all)\b",
    ),
    (
        "turn",
        2,
        r"(?m)^\W{0,6}(?:human|assistant|user|ai)\W{0,3}:.*\n+\W{0,6}(?:human|assistant|ai)"
        r"\W{0,3}:",
    ),
    (
        "turn",
        2,
        r"<(?:system|instructions?|prompt|admin|override|assistant|directive)s?(?: [^>]*)?>",
    ),
    (
        "orders",
        2,
        r"\b(?:ai|llm|assistant|model|bot|agent|chatbot)[_-](?:instruction|prompt|directive|note|"
        r"hint|command|only)s?\b",
    ),
    ("turn", 2, r"(?m)^#{2,4} ?(?:instruction|response|system|input)s? ?:"),
    ("turn", 1, r"(?m)^\W{0,6}(?:assistant|ai|bot)\W{0,3}:\s"),
    (
        "fence",
        2,
        r"</\s*(?:context|documents?|doc|passages?|data|source|sources|retrieved\w*|quote|"
        r"untrusted\w*|knowledge|search_results?|system|user|instructions?|prompt|query)\s*>",
    ),
    (
        "fence",
        2,
        r"(?m)(?:^|[-=*#<\[_\u2014]{2,}|[\[(<*])\s*(?:the )?(?:end|close|closing|"
        r"stop) (?:of )?(?:the "
        r"|all |this )?(?:\w+ )?(?:context|documents?|passages?|data|sources?|"
        r"quoted? ?\w*|excerpts?|"
        r"untrusted \w+|user input|knowledge \w+|retrieved \w+|reference \w+|material|"
        r"search results?)"
        r"\b",
    ),
    (
        "fence",
        2,
        r"\b(?:begin|start|here (?:begins?|starts?|follow)|now (?:begin|follow|come)s?)\W+(?:of )?"
        r"(?:the )?(?:new |real |actual |system |trusted )+(?:prompt|instructions?|task|message)",
    ),
    (
        "fence",
        1,
        r"\b(?:the )?(?:documents?|passages?|context|quoted material|sources|excerpts?)"
        r" (?:is|are|ends?|have ended|has ended) ?(?:here|over|now over|finished|complete)?\b",
    ),
)
