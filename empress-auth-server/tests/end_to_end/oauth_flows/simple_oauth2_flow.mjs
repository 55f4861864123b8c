// simple-oauth2, which knows neither discovery nor PKCE; behind pages.mjs.
import assert from 'node:assert/strict';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';

const [issuer, password, callback, id, secret, method] = process.argv.slice(1);
const auth = { tokenHost: issuer, tokenPath: '/oauth/token', revokePath: '/oauth/revoke' };
const config = {
  client: { id, secret },
  auth,
  options: { authorizationMethod: method === 'client_secret_post' ? 'body' : 'header' },
};
const client = new AuthorizationCode({ ...config, auth: { ...auth, authorizePath: '/oauth/authorize' } });
const url = client.authorizeURL({ redirect_uri: callback, scope: ['openid', 'email'], state: 'st4te' });
const returned = new URL(await new Browser(callback).authorize(url, password));
assert.equal(returned.searchParams.get('state'), 'st4te');
const code = returned.searchParams.get('code');
const token = await client.getToken({ code, redirect_uri: callback });
assert.equal(token.expired(), false);
const renewed = await token.refresh();
assert.notEqual(renewed.token.access_token, token.token.access_token);
await renewed.revokeAll();
const refused = await fetch(`${issuer}/oauth/userinfo`, {
  headers: { authorization: `Bearer ${renewed.token.access_token}` },
});
assert.equal(refused.status, 401);
const own = await new ClientCredentials(config).getToken({ scope: 'all' });
assert.equal(own.token.refresh_token, undefined);
console.log('done');
