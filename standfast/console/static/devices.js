// Adds this browser to the devices that get pages: it asks the browser's push service for an address,
// and sends that with the form.
"use strict";

(() => {
  const form = document.getElementById("add-device");
  const words = document.getElementById("this-device");
  if (!form) return;
  const button = form.querySelector("button");

  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));

  const say = (text) => {
    words.textContent = text;
  };

  if (!("serviceWorker" in navigator) || !window.isSecureContext) {
    say("A browser gets pages only from an address that begins with https://.");
    return;
  }
  if (!("PushManager" in window)) {
    say("This browser takes no pushes as it is. On an iPhone or iPad, add this page to the home " +
      "screen first, and open it there.");
    return;
  }

  async function show() {
    const worker = await navigator.serviceWorker.getRegistration();
    const subscription = worker && (await worker.pushManager.getSubscription());
    if (subscription) {
      const endpoint = new TextEncoder().encode(subscription.endpoint);
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", endpoint));
      const shown = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const row = document.querySelector(`[data-fingerprint="${shown}"]`);
      if (row) {
        row.querySelector(".this").hidden = false;
        say("This device gets pages.");
        button.textContent = "Add it anew";
        form.hidden = false;
        return;
      }
    }
    say("This device gets no pages yet.");
    form.hidden = false;
  }

  async function subscribe() {
    if ((await Notification.requestPermission()) !== "granted") {
      throw new Error("Notifications are not allowed for this site: allow them in the browser's " +
        "settings, and try again.");
    }
    const worker = await navigator.serviceWorker.ready;
    const old = await worker.pushManager.getSubscription();
    if (old) await old.unsubscribe(); // it may be for an earlier key
    return worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(form.dataset.key),
    });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation(); // it is sent below, once
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try {
      const subscription = await subscribe();
      form.elements.endpoint.value = subscription.endpoint;
      form.elements.public_key.value = base64url(subscription.getKey("p256dh"));
      form.elements.auth.value = base64url(subscription.getKey("auth"));
      form.submit();
    } catch (error) {
      say(`It did not work. ${error.message}`);
      button.removeAttribute("aria-disabled");
    }
  });

  show();
})();
