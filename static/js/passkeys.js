// Passkeys: <form data-passkey="create" | "get"> with a hidden field `credential` and a button data-passkey-start.
// What the server asks stands in <script type="application/json" id="js_data">, or behind data-options (an address).
"use strict";

(() => {
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0)).buffer;
  const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => list?.map((one) => ({ ...one, id: decode(one.id) }));

  async function make({ publicKey }, withoutPassword) {
    const asked = { ...publicKey, challenge: decode(publicKey.challenge), user: { ...publicKey.user, id: decode(publicKey.user.id) }, excludeCredentials: named(publicKey.excludeCredentials) };
    if (withoutPassword) {
      asked.authenticatorSelection = { ...asked.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    }
    const made = await navigator.credentials.create({ publicKey: asked });
    return {
      id: made.id, rawId: encode(made.rawId), type: made.type, authenticatorAttachment: made.authenticatorAttachment,
      clientExtensionResults: made.getClientExtensionResults(),
      response: {
        clientDataJSON: encode(made.response.clientDataJSON), attestationObject: encode(made.response.attestationObject),
        transports: made.response.getTransports?.() || [],
      },
    };
  }

  async function use({ publicKey }) {
    const asked = { ...publicKey, challenge: decode(publicKey.challenge), allowCredentials: named(publicKey.allowCredentials) };
    const got = await navigator.credentials.get({ publicKey: asked });
    return {
      id: got.id, rawId: encode(got.rawId), type: got.type, authenticatorAttachment: got.authenticatorAttachment,
      clientExtensionResults: got.getClientExtensionResults(),
      response: {
        clientDataJSON: encode(got.response.clientDataJSON), authenticatorData: encode(got.response.authenticatorData),
        signature: encode(got.response.signature), userHandle: got.response.userHandle ? encode(got.response.userHandle) : null,
      },
    };
  }

  async function asked(form) {
    if (!form.dataset.options) return JSON.parse(document.getElementById("js_data").textContent);
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const start = form.querySelector("[data-passkey-start]");
    const trouble = form.querySelector("[data-passkey-trouble]");
    if (!window.PublicKeyCredential || !navigator.credentials) {
      start.disabled = true;
      if (form.hasAttribute("data-passkey-optional")) form.hidden = true;
      else { trouble.textContent = form.dataset.impossible; trouble.hidden = false; }
      continue;
    }
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      start.click();
    });
    start.addEventListener("click", async (event) => {
      event.preventDefault();
      trouble.hidden = true;
      start.disabled = true;
      try {
        const said = await asked(form);
        const done = form.dataset.passkey === "create"
          ? await make(said.creation_options, form.elements.passwordless?.checked)
          : await use(said.request_options);
        form.elements.credential.value = JSON.stringify(done);
        form.submit();
      } catch (error) {
        start.disabled = false;
        trouble.textContent = error.name === "InvalidStateError" ? form.dataset.known : error.name === "SecurityError" ? form.dataset.impossible : form.dataset.failed;
        trouble.hidden = false;
      }
    });
  }
})();
