"""Lists of readers as other programs write them: who left, bounced or never confirmed is not taken."""

import pytest

from core.errors import HouseError
from core.subscriber_csv import ColumnRole, ImportProblem, parse_subscribers

REFUSED = "; only active subscribers are taken"
LISTS = {
    "Ghost": (
        "id,email,name,subscribed_to_emails,deleted_at,labels\n"
        "1,in@example.org,A,true,,\n2,out@example.org,B,false,,\n3,gone@example.org,C,true,2026-02-01T00:00:00Z,\n",
        [
            "in@example.org",
            f"its \"subscribed_to_emails\" is 'false'{REFUSED}",
            "its \"deleted_at\" is '2026-02-01t00:00:00z'",
        ],
    ),
    "listmonk": (
        "uuid,email,name,status\na,in@example.org,A,enabled\nb,out@example.org,B,disabled\nc,off@example.org,C,blocklisted\n",
        ["in@example.org", f"its \"status\" is 'disabled'{REFUSED}", f"its \"status\" is 'blocklisted'{REFUSED}"],
    ),
    "Mailchimp": (
        '"Email Address","First Name",OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON\n'
        'in@example.org,A,"2026-01-01 10:00:00","2026-01-01 10:01:00",,\n'
        'out@example.org,B,"2026-01-01 10:00:00","2026-01-01 10:01:00","2026-02-01 10:01:00",NORMAL\n',
        ["in@example.org", "its \"unsub_time\" is '2026-02-01 10:01:00'"],
    ),
    "phpList": (
        "ID\tEmail\tIs the email of this subscriber confirmed\tIs this subscriber blacklisted\n"
        "1\tin@example.org\t1\t0\n2\tout@example.org\t1\t1\n3\tnever@example.org\t0\t0\n",
        ["in@example.org", "its \"is this subscriber blacklisted\" is '1'", 'its "is the email of this subscriber'],
    ),
    "Substack": (
        "Email,active_subscription,email_disabled\nin@example.org,false,false\nout@example.org,false,true\n",
        ["in@example.org", f"its \"email_disabled\" is 'true'{REFUSED}"],
    ),
    "Keila": ("Email,Status\nin@example.org,active\nout@example.org,unreachable\n", ["in@example.org", 'its "status"']),
    "Outlook": (
        "First Name,E-mail Address,E-mail 2 Address\nA,in@example.org,second@example.org\nB,,other@example.org\n",
        ["in@example.org", "other@example.org"],
    ),
    "Buttondown": (
        "id,creation_date,email_address,notes,tags,type,unsubscription_date,unsubscription_reason,commenting_disabled\n"
        "1,2026-01-01,in@example.org,,,regular,,,false\n2,2026-01-01,paid@example.org,,,premium,,,false\n"
        "3,2026-01-01,out@example.org,,,unsubscribed,2026-02-01,,false\n4,2026-01-01,new@example.org,,,unactivated,,,false\n"
        "5,2026-01-01,no@example.org,,,blocked,,,false\n6,2026-01-01,b@example.org,,,undeliverable,,,false\n",
        [
            *["in@example.org", "paid@example.org", "its \"type\" is 'unsubscribed'", "its \"type\" is 'unactivated'"],
            *["its \"type\" is 'blocked'", "its \"type\" is 'undeliverable'"],
        ],
    ),
    "Brevo": (
        "CONTACT ID;EMAIL;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;DOUBLE_OPT-IN;ADDED_TIME\n"
        "1;in@example.org;A;;No;Yes;1;01-01-2026\n2;out@example.org;B;;Yes;No;1;01-01-2026\n"
        "3;never@example.org;C;;No;No;2;01-01-2026\n4;silent@example.org;D;;No;No;;01-01-2026\n",
        [
            "in@example.org",
            "its \"email_blacklisted\" is 'yes'",
            "its \"double_opt-in\" is '2'",
            "its \"double_opt-in\" is ''",
        ],
    ),
    "Mailchimp, cleaned and never confirmed": (
        "Email Address,Address,OPTIN_TIME,CONFIRM_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\n"
        "in@example.org,1 High Street,,2026-01-01 10:00:00,,\n"
        "out@example.org,,,2026-01-01 10:00:00,2026-02-01 10:00:00,News\n"
        "never@example.org,,,,,\n",
        ["in@example.org", 'its "clean_time" is \'2026-02-01', "its \"confirm_time\" is ''"],
    ),
    "phpList, all its columns": (
        "ID\tEmail\tIs the email of this subscriber confirmed\tIs this subscriber blacklisted\t"
        "Did this subscriber manually confirm\tNumber of bounces on this subscriber\tUnique ID for subscriber\t"
        "Send this subscriber HTML emails\tWhich page was used to subscribe\tIs this account disabled?\n"
        "1\tin@example.org\t1\t0\t0\t0\tab\t1\t2\t0\n2\tout@example.org\t1\t0\t1\t0\tcd\t1\t2\t1\n",
        ["in@example.org", "its \"is this account disabled?\" is '1'"],
    ),
    "Mailman 2, its members": (
        "in@example.org\nA Reader <in@example.org>\nnonsense\n",
        ["in@example.org", "in@example.org", "has no @"],
    ),
    "Mailman 3": (
        "address,display_name,role,delivery_mode,delivery_status,subscription_mode,bounce_score\n"
        "in@example.org,A,member,regular,enabled,as_address,0\nout@example.org,B,member,regular,by_user,as_address,0\n"
        "back@example.org,C,member,mime_digests,by_bounces,as_address,5\n"
        "x@example.org,D,nonmember,regular,enabled,as_address,0\n",
        [
            "in@example.org",
            "its \"delivery_status\" is 'by_user'",
            "its \"delivery_status\" is 'by_bounces'",
            'its "role"',
        ],
    ),
    "GovDelivery": (
        "Destination,Destination Type,Subscription Status,Delivery Preference,Bounced,Suppressed,Created At\n"
        "in@example.org,Email,Active,Immediately,0,No,2026-01-01\nout@example.org,Email,Unsubscribed,Daily,0,No,2026-01-01\n"
        "back@example.org,Email,Active,Daily,2026-02-01,No,2026-01-01\nno@example.org,Email,Active,Daily,0,Yes,2026-01-01\n",
        ["in@example.org", 'its "subscription status"', 'its "bounced"', 'its "suppressed"'],
    ),
    "Substack, the long one": (
        "Email,Name,Type,Subscription source,Days active last 30d,email_disabled,digest_enabled,active_subscription\n"
        "in@example.org,A,Free,direct,0,false,false,false\nout@example.org,B,Paid,direct,3,true,true,true\n",
        ["in@example.org", 'its "email_disabled"'],
    ),
    "Microsoft Forms": (
        "ID,Start time,Email,Name,Email address,GDPR consent\n"
        "1,2026-01-01,anonymous,,in@example.org,Yes, I agree\n".replace("Yes, I agree", '"Yes, I agree"')
        + "2,2026-01-01,anonymous,,out@example.org,\n",
        ["in@example.org", "its \"gdpr consent\" is ''"],
    ),
    "Google Forms": (
        "Timestamp,Username,Consent\n2026/01/01,in@example.org,I agree\n2026/01/01,out@example.org,No thanks\n",
        ["in@example.org", "its \"consent\" is 'no thanks'"],
    ),
    "MailerLite": (
        "Subscriber,Status,Subscribed,Unsubscribed,Opt-in IP\nin@example.org,active,2026-01-01 10:00:00,,\n"
        "out@example.org,active,2026-01-01 10:00:00,2026-03-01 10:00:00,\nnew@example.org,unconfirmed,,,\n",
        ["in@example.org", 'its "unsubscribed"', 'its "status"'],
    ),
    "a database's own": (
        "email,unsubscribed_at,is_active\nin@example.org,NULL,t\nalso@example.org,0000-00-00 00:00:00,1\n"
        "out@example.org,2026-02-01T00:00:00Z,t\noff@example.org,\\N,f\n",
        ["in@example.org", "also@example.org", 'its "unsubscribed_at"', 'its "is_active"'],
    ),
    "tags": (
        'email,tags\nin@example.org,board; newsletter\nout@example.org,"board, Unsubscribed"\n',
        ["in@example.org", "its \"tags\" is 'board, unsubscribed'"],
    ),
    "Constant Contact": (
        "Email address,Email status,Email permission status,Confirmed Opt-Out Date\nin@example.org,Active,Express,\n"
        "implied@example.org,Active,Implied,\nout@example.org,Active,Express,2026-02-01\n",
        ["in@example.org", "its \"email permission status\" is 'implied'", 'its "confirmed opt-out date"'],
    ),
    "Salesforce": (
        "Id,Email,HasOptedOutOfEmail,IsEmailBounced,EmailBouncedReason,DoNotCall\n1,in@example.org,false,false,,true\n"
        "2,out@example.org,true,false,,false\n3,gone@example.org,false,true,,false\n4,b@example.org,false,false,550,false\n",
        ["in@example.org", 'its "hasoptedoutofemail"', 'its "isemailbounced"', 'its "emailbouncedreason"'],
    ),
    "HubSpot": (
        "Email,Unsubscribed from all email,Email hard bounce reason,Marketing contact status,Lead Status\n"
        "in@example.org,false,,Marketing contact,New\nno@example.org,,,Non-marketing contact,\n",
        ["in@example.org", 'its "marketing contact status" is \'non-marketing contac'],
    ),
    "Google contacts": (
        "First Name,Labels,E-mail 1 - Value\nA,* myContacts ::: News,in@example.org\n"
        "B,* myContacts ::: Unsubscribed,out@example.org\n",
        ["in@example.org", 'its "labels" is'],
    ),
    "Google Groups, with its title": (
        "Members for group Case reviews\nEmail address,Group status,Email status,Email preference,Posting permissions\n"
        "in@example.org,member,,Each email,\nb@example.org,member,Bouncing,Digest,\nno@example.org,member,,No email,\n",
        ["in@example.org", "its \"email status\" is 'bouncing'", "its \"email preference\" is 'no email'"],
    ),
    "CiviCRM": (
        "Email,Do Not Email,No Bulk Emails (User Opt Out),On Hold\nin@example.org,,,No\nout@example.org,,1,No\n"
        "b@example.org,,,On Hold Bounce\n",
        ["in@example.org", 'its "no bulk emails (user opt out)"', 'its "on hold"'],
    ),
    "Exchange Online": ("Name,PrimarySmtpAddress,RecipientType\nA,in@example.org,UserMailbox\n", ["in@example.org"]),
    "Donorfy": ("Email,AllowEmail\nin@example.org,Yes\nout@example.org,No\n", ["in@example.org", 'its "allowemail"']),
    "Excel with its line": ("sep=;\nEmail;Name\nin@example.org;A\n", ["in@example.org"]),
    "two columns of one name": ("Email,Name,Email\nin@example.org,A,\n", ["in@example.org"]),
    "addresses as people paste them": (
        "Email\nin@example.org\u00a0\n\u200bin@example.org\nmailto:in@example.org\nin@example.org;\nin@example.org.\n"
        "‘in@example.org’\n“in@example.org”\n"
        'A Reader <in@example.org>\n"a@example.org, b@example.org"\n',
        [*["in@example.org"] * 8, "holds two addresses; write one a row"],
    ),
    "a question of two lines": (
        'Email,"Consent\n"\nin@example.org,Yes\nout@example.org,No\n',
        ["in@example.org", 'its "consent'],
    ),
    "addresses with a mail program's semicolons": (
        "in@example.org;\nb@example.org;\n",
        ["in@example.org", "b@example.org"],
    ),
    "a very long note": ("Email,Notes\n" + 'in@example.org,"' + ("x" * 900 + "\n") * 200 + '"\n', ["in@example.org"]),
    "a long note": (
        'Email,Notes\nin@example.org,"' + "line\n" * 30 + '"\nb@example.org,x\n',
        ["in@example.org", "b@example.org"],
    ),
}


def read(file: bytes, **roles: ColumnRole) -> list[str]:
    rows = parse_subscribers(file, roles)
    return [row.why if isinstance(row, ImportProblem) else row.address.email for row in rows]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_another_program_keeps_who_left_out(name: str) -> None:
    text, expected = LISTS[name]

    found = read(text.encode())

    assert len(found) == len(expected)
    assert [one[: len(words)] for one, words in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "cp1252"])
def test_a_list_is_read_in_whatever_a_spreadsheet_wrote(codec: str) -> None:
    assert read("Email,Name\nin@example.org,Zoë\n".encode(codec)) == ["in@example.org"]


@pytest.mark.parametrize(
    "column",
    [
        "Marketing permission", "GDPR", "is_valid", "Would you like our newsletter?", "Contact by: mailing",
        "Wants mail", "Leave to mail", "Caniatâd", "Statut", "Email reception", "Do you agree to get this?",
        "Send?", "Included", "OK to contact",
    ],
)  # fmt: skip
def test_a_column_that_may_say_who_left_is_asked_about(column: str) -> None:
    file = f"Email,{column}\nin@example.org,yes\nout@example.org,never\nsilent@example.org,\n".encode()

    with pytest.raises(HouseError, match="may say who must not get mail") as raised:
        read(file)

    assert f'--column "{column.casefold()}=status"' in raised.value.typed_fix
    assert read(file, **{column: "ignore"}) == ["in@example.org", "out@example.org", "silent@example.org"]
    taken, never, silent = read(file, **{column: "status"})
    assert taken == "in@example.org"
    assert never.startswith(f"its \"{column.casefold()}\" is 'never'")
    assert silent.startswith(f"its \"{column.casefold()}\" is ''")


@pytest.mark.parametrize(
    "column", ["Unsubscribed from", "Blocked by", "Do not send", "Left on", "Cancelled by reader", "Opted-out by"]
)
def test_in_a_column_that_asks_who_left_a_yes_means_no_mail(column: str) -> None:
    rows = ["in@example.org,no", "in2@example.org,", "out@example.org,yes", "out2@example.org,2026-01-03"]
    file = "\n".join([f"Email,{column}", *rows]).encode()

    with pytest.raises(HouseError, match='If a "yes" in it means no mail'):
        read(file)

    assert [one.partition(" is ")[0] for one in read(file, **{column: "status"})] == [
        "in@example.org",
        "in2@example.org",
        *[f'its "{column.casefold()}"'] * 2,
    ]


@pytest.mark.parametrize(
    "word", ["Unsubscribed", "bounced", "do not email", "Blocklisted", "not confirmed", " Unsubscribed "]
)
def test_a_word_of_state_in_a_column_that_is_not_known_is_asked_about(word: str) -> None:
    file = f"Email,Result\nin@example.org,sent\nout@example.org,{word}\n".encode()

    with pytest.raises(HouseError, match="may say who must not get mail: result"):
        read(file)

    assert read(file, Result="ignore") == ["in@example.org", "out@example.org"]


def test_quotes_around_an_address_are_no_part_of_it_and_one_at_its_beginning_is() -> None:
    assert read(b"Email\n'in@example.org'\n'=y@example.org\n") == ["in@example.org", "=y@example.org"]
    assert read(b"Email\n''=y@example.org\n") == ["'=y@example.org"]


def test_a_column_of_any_name_may_hold_the_addresses() -> None:
    assert read(b"Contact\nin@example.org\n", Contact="address") == ["in@example.org"]
    with pytest.raises(HouseError, match="no such column"):
        read(b"Email\nin@example.org\n", Contact="address")


def test_a_misspelt_topic_is_refused_as_a_misspelt_nation_is() -> None:
    file = (
        b"email,topics,nations\na@example.org,neglect; domestic abuze,\nb@example.org,domestic abuse; ziggurat,\n"
        b"c@example.org,,Walles\nd@example.org,Maternal mental health,\n"  # near a topic, and a word of the field
    )

    assert read(file) == [
        "no such topic as 'domestic abuze'; did you mean Domestic abuse?",
        "b@example.org",
        "no such nation; write England, Scotland, Wales or Northern Ireland",
        "d@example.org",
    ]
