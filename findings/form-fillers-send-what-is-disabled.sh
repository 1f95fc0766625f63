#!/usr/bin/env bash
# form2request 0.2.0, which Scrapy names in place of its own FormRequest.from_response, mechanize 0.4.10, MechanicalSoup
# 1.4.0 and WebTest 3.0.7 (Python), which make a request of a form of a page, send fields that no browser sends. HTML,
# "Constructing the entry list": a control that is disabled is left out, and so is one within a datalist; "Enabling and
# disabling form controls": one in a fieldset that is disabled is disabled. All four send both of these, and two of them
# a field that is disabled itself. "Association of controls and forms": a control elsewhere on the page is one of the
# form that its form attribute names; form2request does not send it. So a search asks for what the page rules out.
# Seen: off=1 and hint=9 of all, self=2 of form2request and WebTest, far=8 of three. A browser sends on=3 and far=8.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    form2request==0.2.0 parsel==1.12.1 mechanize==0.4.10 MechanicalSoup==1.4.0 WebTest==3.0.7
"$folder/venv/bin/python" - <<'PYTHON'
from urllib.parse import parse_qsl, urlsplit

import mechanicalsoup
import mechanize
import webtest
from form2request import form2request
from parsel import Selector

ADDRESS = "http://example.org/reviews"
PAGE = """<!doctype html><html lang="en"><head><title>Reviews</title></head><body>
<form id="search" action="/search">
<fieldset disabled><input name="off" value="1"></fieldset>
<input name="self" value="2" disabled>
<input name="on" value="3">
<datalist><input name="hint" value="9"></datalist>
</form>
<input name="far" value="8" form="search">
</body></html>"""


def by_form2request():
    [form] = Selector(PAGE, base_url=ADDRESS).css("form")
    return parse_qsl(urlsplit(form2request(form).url).query)


def by_mechanize():
    browser = mechanize.Browser()
    browser.set_response(mechanize.make_response(PAGE, [("Content-Type", "text/html")], ADDRESS, 200, "OK"))
    browser.select_form(nr=0)
    return parse_qsl(urlsplit(browser.form.click().get_full_url()).query)


def mechanical_soup():
    browser = mechanicalsoup.StatefulBrowser()
    browser.open_fake_page(PAGE, url=ADDRESS)
    return browser.get_request_kwargs(browser.select_form("form").form, ADDRESS)["params"]


def web_test():
    def application(_environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html")])
        return [PAGE.encode()]

    return webtest.TestApp(application).get("/").forms["search"].submit_fields()


makers = {
    "form2request": by_form2request,
    "mechanize": by_mechanize,
    "MechanicalSoup": mechanical_soup,
    "WebTest": web_test,
}
seen = {name: dict(maker()) for name, maker in makers.items()}
print(*seen.items(), sep="\n")
sent = {"off": "1", "self": "2", "on": "3", "hint": "9", "far": "8"}
for name, left_out in {
    "form2request": {"far"},
    "mechanize": {"self"},
    "MechanicalSoup": {"self"},
    "WebTest": set(),
}.items():
    assert seen[name] == {key: sent[key] for key in sent.keys() - left_out}, f"{name} does otherwise now"
PYTHON
