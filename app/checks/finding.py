"""Finding: the result of one check, with its verdict, its words, its fix."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.errors import HouseError
from core.json_types import FindingJson
from core.plurals import plural
from core.states import Verdict

log = logging.getLogger("casereviews")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, identified by what it is about."""

    about: str  # "database", "mail.sender"
    verdict: Verdict
    words: str
    fix: str = ""  # what to do next; empty where all is well


def ok(about: str, words: str) -> Finding:
    """All is well with it."""
    return Finding(about, "ok", words)


def warning(about: str, words: str, fix: str) -> Finding:
    """It works, and will not do what its owner expects."""
    return Finding(about, "warning", words, fix)


def failure(about: str, words: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(about, "failure", words, fix)


def error_finding(about: str, error: HouseError) -> Finding:
    """An error as a failure."""
    words = [word for word in (error.what, error.which) if word and word != about]
    return failure(about, ": ".join(words), error.typed_fix)


def about_relay(about: str, relay: str) -> str:
    """What a finding is about, of one relay among several; an empty name: of the one mail server."""
    return f"{about}, relay {relay}" if relay else about


def finding_json(finding: Finding) -> FindingJson:
    """A finding as the contract words it."""
    return {"about": finding.about, "verdict": finding.verdict, "words": finding.words, "fix": finding.fix}


def run_check(about: str, look: Callable[[], Finding | Iterable[Finding]]) -> list[Finding]:
    """What a look finds; whatever it raises is a failure of its own and stops no other look."""
    try:
        findings = look()
        return [findings] if isinstance(findings, Finding) else list(findings)
    except HouseError as e:
        return [error_finding(about, e)]
    except Exception as e:  # nobody foresaw it: it is said, and the other looks go on
        log.debug("the look at %s broke", about, exc_info=True)
        fix = "Run it again with: casereviews --debug check"
        return [failure(about, f"could not be looked at ({type(e).__name__}: {e})", fix)]


def summarize(findings: Iterable[Finding]) -> str:
    """All of them counted: "12 ok, 2 warnings, no failures."."""
    verdicts = [one.verdict for one in findings]
    good, bad, worst = (verdicts.count(one) for one in ("ok", "warning", "failure"))
    return f"{good} ok, {plural(bad, 'warning', none='no')}, {plural(worst, 'failure', none='no')}."
