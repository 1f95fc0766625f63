#!/usr/bin/env bash
# cookiejar 2.1.4 (npm), which superagent keeps its cookies in, and HTTP::Cookies 6.10 (Perl; Debian's 6.10-1), LWP's
# jar, keep a cookie that a site has thrown away. RFC 6265 §5.2.2: where Max-Age is zero or less the time at which the
# cookie ends is the earliest there is; §4.1.2.2: of Max-Age and Expires, Max-Age has precedence. cookiejar knows
# nothing of Max-Age. HTTP::Cookies takes Expires before it, and after Max-Age=0 it goes on to send the cookie, empty;
# of a value in quotation marks it takes the marks off, which by §5.2 are part of it. So who has signed out of a
# catalogue goes on with a session that is over, or, with both attributes for clocks that are wrong, never has one.
# Nothing is raised.
# Seen: a= of both for what was to be gone; a=1 of cookiejar an hour after its minute; nothing of either where Max-Age
# is a minute and Expires is past; a=x y for a="x y". tough-cookie 6.1.0 and HTTP::CookieJar 0.014 (Debian's 0.014-1) do
# as the RFC has it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" cookiejar@2.1.4 tough-cookie@6.1.0
apt-get download --quiet=2 libhttp-cookies-perl=6.10-1 libhttp-cookiejar-perl=0.014-1 libhttp-message-perl=6.44-1 \
    libhttp-date-perl=6.05-2 liburi-perl=5.17-1 libencode-locale-perl=1.05-3 libio-html-perl=1.004-3 \
    liblwp-mediatypes-perl=6.04-2 libclone-perl=0.46-1 libtimedate-perl=2.3300-2
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
cat >pages.json <<'JSON'
[
  ["a=1; Path=/"],
  ["a=1; Path=/", "a=; Path=/; Max-Age=0"],
  ["a=1; Path=/; Max-Age=60; Expires=Wed, 01 Jan 2020 00:00:00 GMT"],
  ["a=\"x y\"; Path=/"]
]
JSON
cat >look.js <<'JS'
const assert = require("node:assert");
const { CookieAccessInfo, CookieJar } = require("cookiejar");
const tough = require("tough-cookie");

function kept(cookies) {
  const jar = new CookieJar();
  for (const cookie of cookies) jar.setCookie(cookie, "www.example.org", "/reviews/one");
  return jar.getCookies(new CookieAccessInfo("www.example.org", "/reviews/two", false, false)).toValueString();
}

function right(cookies) {
  const jar = new tough.CookieJar();
  for (const cookie of cookies) jar.setCookieSync(cookie, "http://www.example.org/reviews/one");
  return jar.getCookieStringSync("http://www.example.org/reviews/two");
}

const pages = require("./pages.json");
const RIGHT = ["a=1", "", "a=1", 'a="x y"'];
const seen = pages.map(kept);
assert.deepStrictEqual(pages.map(right), RIGHT);
const hour = Date.now() + 3600 * 1000;
const jar = new CookieJar();
jar.setCookie("a=1; Path=/; Max-Age=60", "www.example.org", "/");
Date.now = () => hour;
const later = jar.getCookies(new CookieAccessInfo("www.example.org", "/", false, false)).toValueString();
console.log(seen, later);
assert.deepStrictEqual(seen, ["a=1", "a=", "", 'a="x y"'], "cookiejar does otherwise now");
assert.strictEqual(later, "a=1");
JS
node look.js
cat >look.pl <<'PERL'
use strict;
use warnings;
use HTTP::CookieJar;
use HTTP::Cookies;
use HTTP::Request;
use HTTP::Response;

my $host = "http://www.example.org";
my @pages = (
    [ ["a=1; Path=/"], "a=1", "a=1" ],
    [ [ "a=1; Path=/", "a=; Path=/; Max-Age=0" ], "", "a=" ],
    [ ["a=1; Path=/; Max-Age=60; Expires=Wed, 01 Jan 2020 00:00:00 GMT"], "a=1", "" ],
    [ ['a="x y"; Path=/'], 'a="x y"', "a=x y" ],
);
for my $page (@pages) {
    my ( $cookies, $right, $kept ) = @$page;
    my $jar  = HTTP::Cookies->new;
    my $peer = HTTP::CookieJar->new;
    for my $cookie (@$cookies) {
        my $response = HTTP::Response->new( 200, "OK", [ "Set-Cookie" => $cookie ] );
        $response->request( HTTP::Request->new( GET => "$host/reviews/one" ) );
        $jar->extract_cookies($response);
        $peer->add( "$host/reviews/one", $cookie );
    }
    my $request = HTTP::Request->new( GET => "$host/reviews/two" );
    $jar->add_cookie_header($request);
    my $seen = $request->header("Cookie") // "";
    print "@$cookies: $seen\n";
    die "HTTP::CookieJar does otherwise now" if $peer->cookie_header("$host/reviews/two") ne $right;
    die "HTTP::Cookies does otherwise now" if $seen ne $kept;
}
PERL
perl -I"$folder/usr/share/perl5" -I"$(echo "$folder"/usr/lib/*/perl5/5.36)" look.pl
