// The balance in a frame: the page around it gives the token, by postMessage, and nobody else may.

const balance = document.querySelector("screph-balance");
const { origin } = balance.dataset;

balance.addEventListener("screph-token-needed", () => parent.postMessage({ type: "screph-token-needed" }, origin));
balance.addEventListener("screph-balance", ({ detail }) => parent.postMessage({ type: "screph-balance", ...detail }, origin));

addEventListener("message", ({ data, origin: sender, source }) => {
  if (sender !== origin || source !== parent) return;
  if (data?.type === "screph-token" && typeof data.token === "string") balance.token = data.token;
});
