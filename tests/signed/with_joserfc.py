import json, sys
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

given = json.load(open(sys.argv[1]))
keys = KeySet.import_key_set(given["jwks"])
assert len(keys.keys) == 3
secret = OctKey.import_key(given["secret"])
# Every kid is the thumbprint of RFC 7638.
for key in keys.keys:
    assert key.kid == key.thumbprint()
for one in given["tokens"]:
    alg = one["alg"]
    key = secret if alg == "HS256" else keys
    token = jwt.decode(one["token"], key, algorithms=[alg])
    assert (token.header["alg"], token.header["typ"]) == (alg, one["typ"])
    assert token.claims == one["claims"]
    registry = lambda audience: jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": given["issuer"]},
        aud={"essential": True, "value": audience},
        exp={"essential": True}, iat={"essential": True}, sub={"essential": True})
    registry(one["audience"]).validate(token.claims)
    try:
        registry("another").validate(token.claims)
    except JoseError:
        continue
    raise SystemExit("accepted for another audience")
print("done")
