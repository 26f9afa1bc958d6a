// <screph-balance>: a user's balance, live, on any page. No framework, no cookie, no inline style.
//
//   <screph-balance api="https://api.screph.example" token-url="/widget-token" buy="https://my.screph.example/buy">
// `token-url` answers {"token": "scr_w_…"}; or set the property `token` when `screph-token-needed` asks. More: docs/widget.md

const WORDS = {
  en: { h: "h", min: "min", s: "s", left: "Left", good: "enough", low: "little left", out: "almost nothing left", none: "no minutes",
    loading: "Loading", offline: "No connection, may be out of date", unknown: "The balance is not known", buy: "Buy minutes",
    ends: "{length} expire on {day}" },
  de: { h: "h", min: "min", s: "s", left: "Übrig", good: "genug", low: "wenig übrig", out: "fast nichts übrig", none: "keine Minuten",
    loading: "Wird geladen", offline: "Keine Verbindung, womöglich veraltet", unknown: "Das Guthaben ist nicht bekannt", buy: "Minuten kaufen",
    ends: "{length} verfallen am {day}" },
  es: { h: "h", min: "min", s: "s", left: "Quedan", good: "suficiente", low: "queda poco", out: "no queda casi nada", none: "sin minutos",
    loading: "Cargando", offline: "Sin conexión; puede no estar al día", unknown: "No se conoce el saldo", buy: "Comprar minutos",
    ends: "{length} caducan el {day}" },
  ru: { h: "ч", min: "мин", s: "с", left: "Осталось", good: "достаточно", low: "осталось мало", out: "почти ничего", none: "нет минут",
    loading: "Загрузка", offline: "Нет связи: данные могли устареть", unknown: "Баланс неизвестен", buy: "Купить минуты",
    ends: "{length} сгорят {day}" },
};
const LOW_SECONDS = 600, OUT_SECONDS = 300; // as in Screph's program
const SILENT_MS = 40_000; // a comment comes every 15 s
const NBSP = "\u00a0";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block; max-inline-size: 22rem; color-scheme: light dark;
  --good: var(--screph-good, light-dark(#16703f, #5fd39a)); --warn: var(--screph-warn, light-dark(#9a5b00, #f0b35a));
  --bad: var(--screph-bad, light-dark(#b3261e, #ff8a80)); --muted: var(--screph-muted, light-dark(#5f5a52, #a7a49d));
  --line: var(--screph-line, light-dark(#dedad1, #343a44));
  font: 16px/1.5 var(--screph-font, system-ui, sans-serif); color: var(--screph-ink, light-dark(#1d1b18, #eceae6)); }
:host([hidden]) { display: none; }
div { padding: 16px; border: 1px solid var(--line); border-radius: var(--screph-radius, 8px);
  background: var(--screph-surface, light-dark(#fff, #1b1e24)); }
p { margin: 0 0 8px; } p:last-child { margin: 0; } [hidden] { display: none; }
.left, .word, .ends { color: var(--muted); font-size: 14px; }
.figure { display: block; font-size: 28px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; color: var(--tone); }
.word { color: var(--tone); } .word::before { content: "○ "; }
div { --tone: var(--muted); } .good { --tone: var(--good); } .low { --tone: var(--warn); } .out { --tone: var(--bad); }
:is(.good, .low, .out) .word::before { content: "● "; }
.bar { display: block; inline-size: 100%; block-size: 8px; color: var(--tone); }
.bar rect { fill: currentColor; } .bar rect:first-child { fill: var(--line); }
a { display: inline-flex; align-items: center; min-block-size: 44px; padding: 0 16px; border-radius: 6px; font-weight: 600; text-decoration: none;
  background: var(--screph-accent, light-dark(#1f5fbf, #7fb0ff)); color: var(--screph-accent-ink, light-dark(#fff, #0d1a2d)); }
a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }`);

class ScrephBalance extends HTMLElement {
  static observedAttributes = ["token", "api", "lang", "buy", "token-url"];
  #root = this.attachShadow({ mode: "open" });
  #state = "loading";
  #balance = null;
  #token = null;
  #last = "";
  #stop = null;
  #failures = 0;
  #timer = 0;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.innerHTML = `<div part="card"><p class="left" part="label"></p>
      <p role="status"><span class="figure" part="figure"></span><span class="word" part="word"></span></p>
      <p><svg class="bar" aria-hidden="true" viewBox="0 0 100 8" preserveAspectRatio="none" part="bar"><rect width="100" height="8"/><rect width="0" height="8"/></svg></p>
      <p class="ends" part="ends" hidden></p><p><a part="buy" target="_blank" rel="noopener" hidden></a></p></div>`;
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this);
    this.#show();
    this.#restart();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this);
    this.#close();
  }

  attributeChangedCallback(name) {
    if (name === "token") this.#token = this.getAttribute("token");
    if (!this.isConnected) return;
    this.#show();
    if (name === "token" || name === "api" || name === "token-url") this.#restart();
  }

  get token() { return this.#token; }
  set token(value) {
    this.#token = value;
    if (this.isConnected) this.#restart();
  }

  handleEvent() {
    if (document.visibilityState === "visible") this.#restart();
    else this.#close();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#stop = null;
  }

  #restart() {
    this.#close();
    this.#failures = 0;
    this.#follow();
  }

  async #follow() {
    const stop = (this.#stop = new AbortController());
    try {
      if (!this.#token && !(await this.#ask(stop))) return this.#set("unknown");
      const headers = { Authorization: `Bearer ${this.#token}` };
      if (this.#last) headers["Last-Event-ID"] = this.#last;
      const answer = await fetch(`${this.getAttribute("api") ?? ""}/api/v1/account/events`, { headers, signal: stop.signal, credentials: "omit" });
      if (answer.status === 401 || answer.status === 403) return this.#renew(stop);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      if (this.#balance) this.#set("live");
      if (await this.#read(answer.body.getReader(), stop)) return this.#renew(stop);
    } catch {
      // No connection, or we have stopped.
    }
    if (stop !== this.#stop) return;
    this.#set("offline");
    this.#again();
  }

  #again() {
    const seconds = Math.min(30, 2 ** this.#failures++) * (0.5 + Math.random());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#follow(), 1000 * seconds);
  }

  // The token has ended.
  #renew(stop) {
    if (stop !== this.#stop) return;
    this.#token = null;
    if (this.#failures) this.#set("unknown");
    this.#again();
  }

  async #ask(stop) {
    const url = this.getAttribute("token-url");
    if (url) {
      const answer = await fetch(url, { signal: stop.signal, credentials: "same-origin" });
      if (answer.ok) this.#token = (await answer.json()).token ?? null;
      else if (answer.status >= 500) throw new Error("no token for now");
    } else {
      this.#tell("screph-token-needed");
    }
    return this.#token && stop === this.#stop;
  }

  // True: the stream ends because the token has.
  async #read(reader, stop) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const silent = setTimeout(() => stop.abort(), SILENT_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silent));
      if (done) return false;
      text += decoder.decode(value, { stream: true });
      const events = text.split("\n\n");
      text = events.pop();
      for (const one of events) {
        const field = (name) => one.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
        if (field("event") === "ended") return true;
        if (field("event") !== "balance") continue;
        this.#last = field("id");
        this.#balance = JSON.parse(field("data"));
        this.#failures = 0;
        this.#set("live");
      }
    }
  }

  #set(state) {
    this.#state = state;
    this.#show();
    this.#tell("screph-balance", { state: this.#shown, seconds: this.#balance?.available_seconds ?? null });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  get #shown() {
    if (this.#state !== "live") return this.#state;
    const seconds = this.#balance.available_seconds;
    return seconds > LOW_SECONDS ? "good" : seconds > OUT_SECONDS ? "low" : "out";
  }

  #show() {
    const tag = (this.getAttribute("lang") || document.documentElement.lang || navigator.language || "en").split("-")[0];
    const language = tag in WORDS ? tag : "en", words = WORDS[language], shown = this.#shown, balance = this.#balance;
    const part = (name) => this.#root.querySelector(name);
    // Never a 0 for what is not known.
    const isKnown = balance && shown !== "unknown", seconds = balance?.available_seconds;
    const put = (name, text) => { if (part(name).textContent !== text) part(name).textContent = text; };
    part("div").className = shown;
    put(".left", words.left);
    put(".figure", isKnown ? lengthOf(seconds, words) : "—");
    put(".word", seconds === 0 && shown === "out" ? words.none : words[shown]);
    part(".bar rect:last-child").setAttribute("width", isKnown && balance.granted_seconds ? (100 * seconds) / balance.granted_seconds : 0);
    const ends = isKnown && balance.next_expiry;
    part(".ends").hidden = !ends;
    if (ends) {
      const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" }).format(new Date(ends.at));
      put(".ends", words.ends.replace("{length}", lengthOf(ends.seconds, words)).replace("{day}", day));
    }
    const buy = part("a"), address = this.getAttribute("buy") ?? "";
    buy.hidden = !/^https?:/.test(address);
    if (!buy.hidden) buy.href = address;
    put("a", words.buy);
  }
}

function lengthOf(seconds, words) {
  if (seconds < 60) return `${seconds}${NBSP}${words.s}`;
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return [hours && `${hours}${NBSP}${words.h}`, minutes && `${minutes}${NBSP}${words.min}`].filter(Boolean).join(NBSP);
}

if (!customElements.get("screph-balance")) customElements.define("screph-balance", ScrephBalance);
