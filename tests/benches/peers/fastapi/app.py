"""FastAPI as its users protect an API: HTTPBearer, and a dict by SHA-256 of the token."""

from hashlib import sha256

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

USERS = {sha256(f"token-{n}".encode()).digest(): f"user-{n}" for n in range(10_000)}

app = FastAPI(openapi_url=None)
bearer = HTTPBearer()


async def current_user(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> str:
    user = USERS.get(sha256(credentials.credentials.encode()).digest())
    if user is None:
        raise HTTPException(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return user


@app.get("/hello")
async def hello(user: str = Depends(current_user)):
    return {"username": user}
