// A browser without scripts, as pages.py.

const decoded = text => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code));
const attribute = (tag, name) => decoded(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

class Browser {
  #cookies = new Map();

  constructor(callback) {
    this.callback = callback;
  }

  async open(url, options = {}) {
    for (let hops = 0; hops < 10; hops++) {
      const cookie = [...this.#cookies].map(pair => pair.join('=')).join('; ');
      const answer = await fetch(url, { ...options, redirect: 'manual', headers: { ...options.headers, cookie } });
      for (const line of answer.headers.getSetCookie()) {
        const [name, value] = line.split(';')[0].split(/=(.*)/);
        this.#cookies.set(name, value);
      }
      if (![302, 303].includes(answer.status)) return { url, status: answer.status, text: await answer.text() };
      url = new URL(answer.headers.get('location'), url).href;
      options = {};
      if (url.startsWith(this.callback)) return url;
    }
    throw new Error(`it goes round in circles: ${url}`);
  }

  async submit(page, filled) {
    const form = /<form[^>]*>/.exec(page.text)[0];
    const fields = {};
    for (const [input] of page.text.matchAll(/<input[^>]*>/g)) {
      fields[attribute(input, 'name')] = attribute(input, 'value');
    }
    const action = new URL(attribute(form, 'action'), page.url);
    return this.open(action.href, { method: 'POST', body: new URLSearchParams({ ...fields, ...filled }) });
  }

  async authorize(url, password, decision = 'allow') {
    const consent = await this.submit(await this.open(url), { username: 'ada', password });
    // Somebody who allowed it before is not asked again.
    return typeof consent === 'string' ? consent : this.submit(consent, { decision });
  }
}
