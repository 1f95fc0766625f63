#!/usr/bin/env bash
# joserfc 1.8.0, which Authlib names in place of its own JOSE, reads no JWK Set in which a key has a curve that it does
# not know, or a use or key_ops of another's making. RFC 7517 §5: keys with values out of the supported ranges SHOULD be
# ignored; §4.2 and §4.3: other values of use and key_ops may be used. A kty that it does not know it ignores, since
# 1.8.0. With one such key, a Brainpool one say, all tokens of a publisher are refused, whichever key has signed them,
# and for a curve with a KeyError, which is no JoseError. A private header parameter that is not critical is an error,
# too, where RFC 7515 §4 has it ignored; its guide (Registry) shows that, and strict_check_header=False against it.
# Seen: KeyError BP-256, KeyParameterError, UnsupportedHeaderError. PyJWT 2.15.1 reads the token with each of the sets.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    joserfc==1.8.0 pyjwt==2.15.1 cryptography==50.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import base64

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()


def read(token, other):
    keys = {"keys": [public, other]}
    assert pyjwt.decode(token, pyjwt.PyJWKSet.from_dict(keys)["a"].key, ["ES256"]) == {"sub": "reader"}
    try:
        return jwt.decode(token, KeySet.import_key_set(keys), ["ES256"]).claims
    except Exception as error:
        return f"{type(error).__name__} {error}"


key = ECKey.generate_key("P-256", {"kid": "a"})
public = key.as_dict(private=False)
brainpool = ec.generate_private_key(ec.BrainpoolP256R1()).public_key().public_numbers()
OTHERS = {
    "another": {**public, "kid": "b"},
    "kty": {"kid": "b", "kty": "unknown"},
    "crv": {"kid": "b", "kty": "EC", "crv": "BP-256", "x": number(brainpool.x), "y": number(brainpool.y)},
    "use": {**public, "kid": "b", "use": "https://example.org/archive"},
    "key_ops": {**public, "kid": "b", "key_ops": ["https://example.org/archive"]},
}
header = {"alg": "ES256", "kid": "a"}
pem = key.as_pem(private=True)
token = pyjwt.encode({"sub": "reader"}, pem, "ES256", headers=header)
seen = {name: read(token, other) for name, other in OTHERS.items()}
private = pyjwt.encode({"sub": "reader"}, pem, "ES256", headers={**header, "region": "wales"})
seen["header"] = read(private, OTHERS["another"])
print(*seen.items(), sep="\n")
registry = jws.JWSRegistry(strict_check_header=False)
assert jwt.decode(private, key, ["ES256"], registry=registry).claims == {"sub": "reader"}
assert seen["another"] == seen["kty"] == {"sub": "reader"}
assert seen["crv"] == "KeyError 'BP-256'", "joserfc does otherwise now"
assert seen["use"].startswith("KeyParameterError key_parameter: 'use' must"), "joserfc does otherwise now"
assert seen["key_ops"].startswith("KeyParameterError key_parameter: 'key_ops' must"), "joserfc does otherwise now"
assert seen["header"].startswith("UnsupportedHeaderError"), "joserfc does otherwise now"
PYTHON
