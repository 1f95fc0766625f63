"""Nations: a review's nation, hence its kind, from publisher and year, only where certain; pure."""

import re
from dataclasses import replace
from functools import lru_cache

from core.folding import fold
from core.records import Review
from core.states import Nation

ENGLISH_AREAS = """
Barking and Dagenham; Barnet; Barnsley; Bath and North East Somerset; Bedford; Bedford Borough; Bexley; Birmingham;
Blackburn with Darwen; Blackpool; Bolton; Bournemouth; Bournemouth and Poole; Bournemouth, Christchurch and Poole;
Bracknell Forest; Bradford; Brent; Brighton and Hove; Bristol; Bromley; Buckinghamshire; Bury; Calderdale;
Cambridgeshire; Cambridgeshire and Peterborough; Camden; Central Bedfordshire; Cheshire East;
Cheshire West and Chester; City of London; City of London and Hackney; Cornwall; Cornwall and Isles of Scilly;
Coventry; Croydon; Cumbria; Cumberland; Darlington; Derby; Derby City; Derby and Derbyshire; Derbyshire; Devon;
Doncaster; Dorset; Dudley; Durham; County Durham; Ealing; East Riding of Yorkshire; East Sussex; Enfield; Essex;
Gateshead; Gloucestershire; Greenwich; Hackney; Halton; Hammersmith and Fulham; Hampshire; Haringey; Harrow;
Hartlepool; Havering; Herefordshire; Hertfordshire; Hillingdon; Hounslow; Hull; Kingston upon Hull; Isle of Wight;
Isles of Scilly; Islington; Kensington and Chelsea; Kent; Kent and Medway; Kingston upon Thames;
Kingston and Richmond; Kirklees; Knowsley; Lambeth; Lancashire; Leeds; Leicester; Leicester City; Leicestershire;
Leicestershire and Rutland; Lewisham; Lincolnshire; Liverpool; Luton; Manchester; Medway; Merton; Middlesbrough;
Milton Keynes; Newcastle upon Tyne; Newham; Norfolk; North East Lincolnshire; North Lincolnshire; North Somerset;
North Tyneside; North Yorkshire; Northamptonshire; Northumberland; Nottingham; Nottingham City; Nottinghamshire;
Oldham; Oxfordshire; Peterborough; Plymouth; Poole; Portsmouth; Reading; Redbridge; Redcar and Cleveland;
Richmond upon Thames; Rochdale; Rotherham; Rutland; Salford; Sandwell; Sefton; Sheffield; Shropshire; Slough;
Solihull; Somerset; South Gloucestershire; South Tyneside; Southampton; Southend; Southend-on-Sea; Southwark;
St Helens; Staffordshire; Stockport; Stockton-on-Tees; Stoke-on-Trent; Stoke-on-Trent and Staffordshire; Suffolk;
Sunderland; Surrey; Sutton; Swindon; Tameside; Telford and Wrekin; Thurrock; Torbay; Tower Hamlets; Trafford;
Wakefield; Walsall; Waltham Forest; Wandsworth; Warrington; Warwickshire; West Berkshire; West Sussex; Westminster;
Wigan; Wiltshire; Windsor and Maidenhead; Wirral; Wokingham; Wolverhampton; Worcestershire; York
"""
WELSH_AREAS = """
Anglesey; Isle of Anglesey; Blaenau Gwent; Bridgend; Caerphilly; Cardiff; Cardiff and Vale;
Cardiff and the Vale of Glamorgan; Carmarthenshire; Ceredigion; Conwy; Cwm Taf; Cwm Taf Morgannwg; Denbighshire;
Flintshire; Gwent; South East Wales; Gwynedd; Merthyr Tydfil; Mid and West Wales; Monmouthshire;
Neath Port Talbot; Newport; North Wales; Pembrokeshire; Powys; Rhondda Cynon Taf; Swansea; Torfaen;
Vale of Glamorgan; West Glamorgan; Western Bay; Wrexham
"""
SCOTTISH_AREAS = """
Aberdeen; Aberdeen City; Aberdeenshire; Angus; Argyll and Bute; Clackmannanshire; Dumfries and Galloway; Dundee;
Dundee City; East Ayrshire; East Dunbartonshire; East Lothian; East Renfrewshire; Edinburgh; Falkirk; Fife; Glasgow;
Glasgow City; Highland; Inverclyde; Midlothian; Moray; North Ayrshire; North Lanarkshire; Orkney; Perth and Kinross;
Renfrewshire; Scottish Borders; Shetland; South Ayrshire; South Lanarkshire; Stirling; West Dunbartonshire;
West Lothian; Western Isles
"""
NORTHERN_IRISH_AREAS = "Northern Ireland; Safeguarding Board for Northern Ireland; SBNI"
BOARD_SUFFIX = re.compile(
    r"\s+(LSCB|LSCP|SCB|SCP|CPC|SCR|(Local )?Safeguarding Child(ren|ren's|ren’s)? (Board|Partnership)"
    r"|Child Protection Committee|(Regional )?Safeguarding (Children )?(Board|Partnership))$",
    re.I,
)


def _area_key(area: str) -> str:
    return fold(area.replace("&", "and")).replace("-", "")


_AREAS: dict[Nation, str] = {
    "England": ENGLISH_AREAS,
    "Wales": WELSH_AREAS,
    "Scotland": SCOTTISH_AREAS,
    "Northern Ireland": NORTHERN_IRISH_AREAS,
}
KINDS: dict[Nation, tuple[tuple[int, int, str], ...]] = {  # first year, last year, what a review is called
    "England": (
        (1988, 2018, "Serious case review"),
        (2023, 9999, "Local child safeguarding practice review"),
    ),
    "Wales": ((2014, 2023, "Child practice review"),),
    "Scotland": ((2007, 2020, "Significant case review"), (2023, 9999, "Learning review")),
    "Northern Ireland": ((2003, 9999, "Case management review"),),
}
NATION_BY_AREA = {_area_key(area): nation for nation, areas in _AREAS.items() for area in areas.split(";")}


@lru_cache(1024)  # most reviews are of a few publishers
def find_nation(publisher: str) -> Nation | None:
    """The nation of a publisher that is exactly a known area or board; None for `Anonymous` and the rest."""
    return NATION_BY_AREA.get(_area_key(BOARD_SUFFIX.sub("", publisher.strip())))


def review_kind(nation: Nation | None, year: int | None) -> str | None:
    """What a review published in a nation in a year is called; None in the years when names overlapped.

    England: serious case reviews went on appearing for some years after the change of 2018–19.
    Wales: child practice reviews from 2013; single unified safeguarding reviews from 2024.
    Scotland: learning reviews from 2021. Northern Ireland: case management reviews throughout.
    """
    if nation is None or year is None:
        return None
    return next((words for first, last, words in KINDS[nation] if first <= year <= last), None)


def add_nation(review: Review) -> Review:
    """The review with its nation and kind where they are certain."""
    where = find_nation(review.publisher)
    return replace(review, nation=where, kind=review_kind(where, review.year))
