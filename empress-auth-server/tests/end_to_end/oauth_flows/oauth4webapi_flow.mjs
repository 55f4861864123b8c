// oauth4webapi from discovery to revocation, as its examples show it; behind pages.mjs.
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';

const [issuer, password, callback, clientId, clientSecret, method] = process.argv.slice(1);
const http = { [oauth.allowInsecureRequests]: true };
const url = new URL(issuer);
const as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, http));
const oauth2 = await oauth.discoveryRequest(url, { ...http, algorithm: 'oauth2' });
assert.equal((await oauth.processDiscoveryResponse(url, oauth2)).token_endpoint, as.token_endpoint);

const client = { client_id: clientId };
const authenticate = {
  none: () => oauth.None(),
  client_secret_basic: () => oauth.ClientSecretBasic(clientSecret),
  client_secret_post: () => oauth.ClientSecretPost(clientSecret),
}[method]();

const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const ask = new URL(as.authorization_endpoint);
for (const [name, value] of Object.entries({
  client_id: clientId,
  redirect_uri: callback,
  response_type: 'code',
  scope: 'openid profile email',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})) ask.searchParams.set(name, value);

const denied = new URL(await new Browser(callback).authorize(ask.href, password, 'deny'));
assert.throws(() => oauth.validateAuthResponse(as, client, denied, state), { error: 'access_denied' });

const returned = new URL(await new Browser(callback).authorize(ask.href, password));
const parameters = oauth.validateAuthResponse(as, client, returned, state);
const exchanged = await oauth.authorizationCodeGrantRequest(as, client, authenticate, parameters, callback, verifier, http);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, exchanged, {
  expectedNonce: nonce,
  requireIdToken: true,
});
await oauth.validateApplicationLevelSignature(as, exchanged, http);
const { sub } = oauth.getValidatedIdTokenClaims(tokens);

const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, http);
assert.equal((await oauth.processUserInfoResponse(as, client, sub, userinfo)).email, 'ada@example.com');

const again = await oauth.authorizationCodeGrantRequest(as, client, authenticate, parameters, callback, verifier, http);
await assert.rejects(oauth.processAuthorizationCodeResponse(as, client, again), { error: 'invalid_grant' });
const gone = await oauth.userInfoRequest(as, client, tokens.access_token, http);
assert.equal(gone.status, 401, 'a code that is shown twice ends what it gave');

const second = new URL(await new Browser(callback).authorize(ask.href, password));
const code = oauth.validateAuthResponse(as, client, second, state);
const fresh = await oauth.processAuthorizationCodeResponse(
  as,
  client,
  await oauth.authorizationCodeGrantRequest(as, client, authenticate, code, callback, verifier, http),
  { expectedNonce: nonce },
);
const refreshed = await oauth.refreshTokenGrantRequest(as, client, authenticate, fresh.refresh_token, http);
const renewed = await oauth.processRefreshTokenResponse(as, client, refreshed);
assert.notEqual(renewed.access_token, fresh.access_token);

const introspect = async () => {
  const introspected = await oauth.introspectionRequest(as, client, authenticate, renewed.access_token, http);
  return oauth.processIntrospectionResponse(as, client, introspected);
};
if (clientSecret) assert.equal((await introspect()).active, true);
const revoked = await oauth.revocationRequest(as, client, authenticate, renewed.access_token, http);
assert.equal(await oauth.processRevocationResponse(revoked), undefined);
if (clientSecret) assert.deepEqual(await introspect(), { active: false });
const refused = await oauth.userInfoRequest(as, client, renewed.access_token, http);
assert.equal(refused.status, 401);

if (clientSecret) {
  const own = await oauth.clientCredentialsGrantRequest(as, client, authenticate, { scope: 'all' }, http);
  const granted = await oauth.processClientCredentialsResponse(as, client, own);
  assert.equal(granted.refresh_token, undefined);
}
console.log('done');
