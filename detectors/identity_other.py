"""What a person brings along from elsewhere: the Taiwan identity card, and a date of birth."""

from __future__ import annotations

from functools import partial

from detectors import checks_things
from detectors.api import EntityClass, PatternDetector, Shape
from detectors.minors import born

_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_NAMES = (
    "(?:[Jj][Aa][Nn]|[Ff][Ee][Bb]|[Mm][Aa][Rr]|[Aa][Pp][Rr]|[Mm][Aa][Yy]|[Jj][Uu][Nn]|[Jj][Uu][Ll]|[Aa][Uu][Gg]"
    "|[Ss][Ee][Pp]|[Oo][Cc][Tt]|[Nn][Oo][Vv]|[Dd][Ee][Cc])[A-Za-z]{0,6}[.]?"
)
_NTH = "(?:[Ss][Tt]|[Nn][Dd]|[Rr][Dd]|[Tt][Hh])?"
_HAN = "(?:〇|零|○|一|二|三|四|五|六|七|八|九|十)"
_CHINESE = rf"{_YEAR}[ ]?年[ ]?{_MONTH}[ ]?月[ ]?{_DAY}[ ]?(?:日|号|號)"
# Not the tail of a longer number or path. A time may follow, as in 1990-03-07T16:00:00Z and 1990-03-07 00:00:00; but
# lines of a log open with a date, a space and an hour.
_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][./:-])"
_AFTER = r"(?!(?!T[0-9]{2}:)[0-9A-Za-z_])(?![./-][0-9])(?![ ](?!00:00)[0-9]{2}:[0-9]{2})"
_LABELLED = 0.8

_DATES = (
    rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2]){_YEAR}",
    rf"{_YEAR}[ ]?[./-][ ]?{_MONTH}[ ]?[./-][ ]?{_DAY}|{_YEAR}[ ]{_MONTH}[ ]{_DAY}",
    rf"{_DAY}[ ]?[./-][ ]?{_DAY}[ ]?[./-][ ]?{_YEAR}|{_DAY}[ ]{_MONTH}[ ]{_YEAR}",
    rf"{_DAY}{_NTH}[ .-]{{0,2}}(?:of[ ])?{_NAMES},?[ -]{{0,2}}{_YEAR}",
    rf"{_NAMES}[ -]{{0,2}}{_DAY}{_NTH}(?:[ ]?,[ ]?|[ -]){_YEAR}|{_YEAR}[ -]{_NAMES}[ -]{_DAY}",
    rf"{_CHINESE}|{_YEAR}[ ]?年[ ]?{_MONTH}[ ]?月[ ]?{_DAY}?",
    rf"(?:一九|二零|二〇|二○){_HAN}{{2}}年{_HAN}{{1,2}}月{_HAN}{{1,3}}(?:日|号|號)",
    rf"{_YEAR}[./-]{_MONTH}",
)

IDENTITY_OTHER: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="TW_ID",
        entity_class=EntityClass.GOVERNMENT_ID,
        shapes=(
            Shape(r"\b[A-Z][1289][0-9]{8}\b", 0.3, 0.85, width=10, numeric=True),
            Shape(r"\b(?:[A-Z][ .-]?|[a-z][.-]?)[1289A-Da-d](?:[ .-]?[0-9]){8}\b", 0, 0.8, width=19),
        ),
        source="national identification number of Taiwan; its check by computation",
        labels="tw_id",
        check=checks_things.tw_id,
        strip=b" -.",
    ),
    PatternDetector(
        entity="DATE_OF_BIRTH",
        entity_class=EntityClass.ATTRIBUTE,
        shapes=tuple(Shape(core, 0, _LABELLED, _BEFORE, _AFTER, width=48) for core in _DATES),
        source="dates as forms of the mainland, Hong Kong and Macao write them; real ones (Gregorian calendar)",
        labels="birth",
        check=checks_things.date_of_birth,
        strip=b"",
        born=partial(born, "DATE_OF_BIRTH"),
    ),
    PatternDetector(  # the word behind the date is its label; 生效, 生产 and the like are other words
        entity="DATE_OF_BIRTH",
        entity_class=EntityClass.ATTRIBUTE,
        shapes=(
            Shape(
                rf"({_CHINESE})[ ]?(?:出)?生",
                _LABELLED,
                _LABELLED,
                _BEFORE,
                r"(?=[ ,.;)\]|\"'<\n]|$|于|於|人|在|，|。|；|、|）|的)",
                r"(?:日|号|號)[ ]?(?:出)?生",
                48,
            ),
        ),
        source="dates as résumés write them",
        labels="birth",
        check=checks_things.date_of_birth,
        strip=b"",
        born=partial(born, "DATE_OF_BIRTH"),
    ),
)
