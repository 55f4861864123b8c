import json, sys
import jwt

given = json.load(open(sys.argv[1]))
keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(given["jwks"]).keys}
assert len(keys) == 3
for one in given["tokens"]:
    token, alg = one["token"], one["alg"]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == (alg, one["typ"])
    key = given["secret"] if alg == "HS256" else keys[header["kid"]].key
    ask = lambda **others: jwt.decode(
        token, key, **{
            "algorithms": [alg], "audience": one["audience"], "issuer": given["issuer"],
            "options": {"require": ["exp", "iat", "iss", "sub", "aud"]}, **others})
    assert ask() == one["claims"]
    for wrong in [{"audience": "another"}, {"issuer": "https://another.example"}]:
        try:
            ask(**wrong)
        except jwt.InvalidTokenError:
            continue
        raise SystemExit(f"accepted: {wrong}")
print("done")
