// openid-client, as its readme shows it; behind pages.mjs.
import assert from 'node:assert/strict';
import * as client from 'openid-client';

const [issuer, password, callback, id, secret, method] = process.argv.slice(1);
const authenticate = {
  none: () => client.None(),
  client_secret_basic: () => client.ClientSecretBasic(secret),
  client_secret_post: () => client.ClientSecretPost(secret),
}[method]();
const insecure = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(issuer), id, undefined, authenticate, insecure);

const verifier = client.randomPKCECodeVerifier();
const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: callback,
  scope: 'openid email',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
  max_age: '3600',
});
const returned = new URL(await new Browser(callback).authorize(url.href, password));
const tokens = await client.authorizationCodeGrant(config, returned, {
  pkceCodeVerifier: verifier,
  expectedState,
  expectedNonce,
  maxAge: 3600,
  idTokenExpected: true,
});
const { sub } = tokens.claims();
assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).email, 'ada@example.com');
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(renewed.refresh_token, tokens.refresh_token);
if (secret) assert.equal((await client.tokenIntrospection(config, renewed.access_token)).sub, sub);
await client.tokenRevocation(config, renewed.refresh_token);
await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant' });
await assert.rejects(client.fetchUserInfo(config, renewed.access_token, sub));
if (secret) {
  const own = await client.clientCredentialsGrant(config, { scope: 'all' });
  assert.equal((await client.tokenIntrospection(config, own.access_token)).active, true);
}
assert.ok(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).href.startsWith(issuer));
console.log('done');
