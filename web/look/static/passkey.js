// Passkeys: a button asks the device, and its form goes out with the answer. Without JavaScript the buttons stay hidden.

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const textOf = (bytes) =>
  bytes &&
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const described = (list) => list?.map((each) => ({ ...each, id: bytesOf(each.id) }));

// What the server has made as JSON, with bytes where the browser wants bytes.
async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  return [made, { attestationObject: textOf(made.response.attestationObject) }];
}

async function get(options) {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytesOf(options.challenge), allowCredentials: described(options.allowCredentials) },
  });
  const { authenticatorData, signature, userHandle } = found.response;
  const answer = { authenticatorData: textOf(authenticatorData), signature: textOf(signature) };
  return [found, userHandle ? { ...answer, userHandle: textOf(userHandle) } : answer];
}

async function askServer(address, form) {
  const body = new URLSearchParams({ form_secret: form.elements.form_secret?.value ?? "" });
  const answer = await fetch(address, { method: "POST", body });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

async function answer(button) {
  const form = button.form;
  const { options, challenge, field, replaces } = button.dataset;
  const fault = button.parentElement.querySelector("[data-passkey-fault]");
  const replaced = replaces && form.elements[replaces];
  fault.hidden = true;
  if (replaced) replaced.disabled = true; // what the passkey stands for need not be filled in
  try {
    if (!form.reportValidity()) return;
    button.setAttribute("aria-busy", "true");
    const [credential, response] = options ? await create(JSON.parse(options)) : await get(await askServer(challenge, form));
    form.elements[field].value = JSON.stringify({
      id: credential.id,
      rawId: textOf(credential.rawId),
      type: credential.type,
      response: { ...response, clientDataJSON: textOf(credential.response.clientDataJSON) },
    });
    form.requestSubmit();
  } catch {
    // Somebody has changed their mind, has no passkey here, or the server gave no challenge: the other way is still there.
    fault.hidden = false;
  } finally {
    button.removeAttribute("aria-busy");
    if (replaced) replaced.disabled = false;
  }
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential || !navigator.credentials) break;
  button.hidden = false;
  button.addEventListener("click", () => answer(button));
}
