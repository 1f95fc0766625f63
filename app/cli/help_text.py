"""Help text after the commands of `casereviews --help`, with the suggestion for a mistyped command."""

from collections.abc import Iterable

MANUAL = """\
\b
Files:
  casereviews.toml        every key with its default; see: casereviews init
  .env                    variables, a line each, in the working directory
  data/casereviews.db     all that is known, in one SQLite file
  data/oauth-tokens.json  tokens of mailboxes that take no password; secret
  data/second-factor.key  key of second steps; secret, and in no backup
  data/outbox/            messages written to files instead of being mailed
  data/pages/             every page as it was read
  data/backups/           a copy of the database for each day

\b
Environment:
  CASEREVIEWS_CONFIG      a configuration file, as --config
  CASEREVIEWS_MAIL__PORT  any key: table and key, two underscores between them
  ..._FILE                names a file that holds the value, for secrets:
                          CASEREVIEWS_MAIL__PASSWORD_FILE=/run/secrets/mail
  CASEREVIEWS_DEBUG       1 shows tracebacks, as --debug
  NO_COLOR                no colours on a terminal
  A flag comes before the environment, that before .env, that before the file.

\b
Exit codes:
  0 fine                                 10 not set up: casereviews init
  1 failed                               11 another run is at work
  2 typed or configured wrongly          12 the mail server refused the log-in
  3 done in part                        130 interrupted, by Ctrl-C or SIGTERM
  4 a source's page changed its shape: quarantined, nothing was changed

\b
Examples:
  casereviews demo                       all of it, offline; invented reviews
  casereviews init                       begin
  casereviews check                      is all set up rightly?
  casereviews scrape                     read what is there: known, no news
  casereviews subscribers add me@example.org
  casereviews issue preview 2026-10      look before anybody gets it
  casereviews serve                      pages and timer, until it is stopped
  casereviews status                     is it all right?
  casereviews backup copy.db             all that is known, while it runs

\b
See also:
  casereviews COMMAND --help; casereviews completion --help; README.md; docs/
"""


def suggest_command(typed: str, commands: Iterable[str], inside: Iterable[str]) -> str:
    """What to ask whoever typed no command; `inside`: those of groups, "issue build". Empty where nothing is near."""
    from difflib import get_close_matches

    lasts = {name.rpartition(" ")[2]: name for name in inside}
    if typed in lasts:
        return f" Did you mean {lasts[typed]}?"
    if near := get_close_matches(typed, commands, 1):
        return f" Did you mean {near[0]}?"
    if near := get_close_matches(typed, lasts, 1, cutoff=0.8):
        return f" Did you mean {lasts[near[0]]}?"
    return ""
