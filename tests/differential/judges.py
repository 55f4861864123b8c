"""What joserfc and PyJWT say of each token: two digits a line. Arguments: the question, and where to write the answer."""

import json
import sys
import warnings

import jwt as pyjwt
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

warnings.simplefilter("ignore")
with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)

algorithms = [key["alg"] for key in asked["keys"]]
joserfc_sets = [KeySet.import_key_set({"keys": [key]}) for key in asked["keys"]]
pyjwt_keys = [pyjwt.PyJWK(key) for key in asked["keys"]]
claims = jwt.JWTClaimsRegistry(
    leeway=asked["leeway"],
    iss={"essential": True, "value": asked["issuer"]},
    aud={"essential": True, "value": asked["audience"]},
    exp={"essential": True},
)
# RFC 7515 §4: a parameter that is not understood is ignored; joserfc refuses it unless told so.
registries = [JWSRegistry(algorithms=[name], strict_check_header=False) for name in algorithms]


def joserfc_accepts(which, token):
    found = jwt.decode(token, joserfc_sets[which], registry=registries[which])
    claims.validate(found.claims)


def pyjwt_accepts(which, token):
    kid = pyjwt.get_unverified_header(token).get("kid", "test")
    if kid != "test":
        raise ValueError("an unknown key")
    pyjwt.decode(
        token,
        pyjwt_keys[which],
        algorithms=[algorithms[which]],
        audience=asked["audience"],
        issuer=asked["issuer"],
        leeway=asked["leeway"],
        options={"require": ["exp", "iss", "aud"]},
    )


def accepts(judge, which, token):
    try:
        judge(which, token)
    except Exception:  # Whatever they raise, they have not accepted it.
        return "0"
    return "1"


with open(sys.argv[2], "w", encoding="utf-8") as file:
    for which, token in asked["tokens"]:
        file.write(accepts(joserfc_accepts, which, token) + accepts(pyjwt_accepts, which, token) + "\n")
print("done")
