// The portal as an installed app: its service worker, and notices on this device.

const SYNCED = "push-synced";
const part = document.getElementById("push");
const language = document.documentElement.lang;

const registered = "serviceWorker" in navigator ? navigator.serviceWorker.register("/service-worker.js") : null;

// The page for no connection is shown in the language of the page before.
registered?.then(() => navigator.serviceWorker.ready).then(({ active }) => active.postMessage({ language })).catch(() => null);

function keyBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function send(path, secret, subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const body = new URLSearchParams({ form_secret: secret, endpoint, p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" });
  const answer = await fetch(path, { method: "POST", body });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
}

// Browsers renew and drop subscriptions by themselves, so each start says again which one there is.
async function sync() {
  const secret = document.querySelector("input[name=form_secret]")?.value;
  if (!secret || !("PushManager" in window) || Notification.permission !== "granted" || sessionStorage.getItem(SYNCED)) return;
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  if (subscription) await send("/push", secret, subscription);
  sessionStorage.setItem(SYNCED, "yes");
}

function say(state) {
  for (const each of part.querySelectorAll("[data-state]")) each.hidden = each.dataset.state !== state;
}

async function show() {
  if (!("PushManager" in window)) return say("unable");
  if (Notification.permission === "denied") return say("denied");
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  say(subscription ? "on" : "off");
}

async function switchOn() {
  // Asked on a press alone: who is asked unawares says no, for ever.
  if ((await Notification.requestPermission()) !== "granted") return show();
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: keyBytes(part.dataset.key) };
  let subscription;
  try {
    subscription = await pushManager.subscribe(options);
  } catch {
    // One with an older key of ours stands in the way.
    await (await pushManager.getSubscription())?.unsubscribe();
    subscription = await pushManager.subscribe(options);
  }
  await send("/push", part.dataset.secret, subscription);
  location.reload();
}

async function switchOff() {
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  if (subscription) {
    await send("/push/end", part.dataset.secret, subscription);
    await subscription.unsubscribe();
  }
  location.reload();
}

if (!registered && part) say("unable");
registered?.then(async () => {
  if (part) {
    await show();
    for (const [name, act] of [["on", switchOn], ["off", switchOff]]) {
      part.querySelector(`[data-switches=${name}]`)?.addEventListener("click", async (event) => {
        event.target.setAttribute("aria-busy", "true");
        await act().catch(() => say("failed"));
        event.target.removeAttribute("aria-busy");
      });
    }
  }
  await sync();
}).catch(() => part && say("unable"));
