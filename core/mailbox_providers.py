"""Mailbox providers: the large ones, by the domains of their mailboxes; pure.

A provider limits what it takes from a sender over all its domains together.
"""

_DOMAINS = {
    # Google: whoever has a mailbox at one has it at the other, too (support.google.com/mail/answer/10313)
    "gmail.com": "gmail.com googlemail.com",
    # Microsoft: one platform for all of them (knowledge.validity.com: "Microsoft (Outlook.com and Hotmail) overview");
    # live.co.uk is hotmail.co.uk's sister, whose mail is taken by the same servers
    "outlook.com": "outlook.com hotmail.com live.com msn.com hotmail.co.uk live.co.uk",
    # Yahoo: AOL's mail is filtered with its own since 2018 (help.returnpath.com: "Yahoo! overview")
    "yahoo.com": "yahoo.com yahoo.co.uk ymail.com rocketmail.com aol.com aol.co.uk",
    # Apple: a mailbox may be written with any of the three (support.apple.com/118230)
    "icloud.com": "icloud.com me.com mac.com",
}
_PROVIDER_OF = {domain: provider for provider, domains in _DOMAINS.items() for domain in domains.split()}
MAILBOX_PROVIDERS = tuple(_DOMAINS)


def find_mailbox_provider(mailbox: str) -> str:
    """The provider of a mailbox, named by its first domain; empty: none of the large ones."""
    return _PROVIDER_OF.get(mailbox.rpartition("@")[2].lower(), "")
