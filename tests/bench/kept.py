"""A contender: smtplib on one kept connection, which renders and records nothing. Arguments: port, how many."""

import smtplib
import sys
from pathlib import Path


def main(port: str, count: str) -> None:
    """Send the message in the folder to so many readers, always the same bytes."""
    message = Path("message.eml").read_bytes()
    with smtplib.SMTP("127.0.0.1", int(port)) as server:
        for number in range(int(count)):
            server.sendmail("news@example.org", [f"reader{number}@example.org"], message)


if __name__ == "__main__":
    main(*sys.argv[1:])
