"""The pieces that patterns of moments are built of, in plain English and French."""

from __future__ import annotations

from orchestrator.rules.words import NUMBERS, ORDINALS, WEEKDAYS, any_of

AND = r"(?:\s*(?:,|/|\+|&)\s*(?:(?:and|et)\s+)?|\s+(?:and|et|puis|then)\s+)"
EVERY = r"(?:every|each|chaque|tous les|toutes les)"
ARTICLE = r"(?:(?:on|le|les|the|chaque|every|each|tous les) )*"
DAY = any_of(*WEEKDAYS) + "s?"
NTH = any_of(*ORDINALS)
COUNT = rf"(?P<count>\d+|{any_of(*NUMBERS)})"
MONTHLY = r"(?:every month|each month|monthly|chaque mois|tous les mois),? "
OF_MONTH = r" (?:of|du|de|in)(?: the| every| each| chaque)?(?: month| mois)"
