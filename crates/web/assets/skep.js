// Makes the pages live. Everything here has a way that works without it.
(() => {
  "use strict";
  const lang = document.documentElement.lang || "en";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const number = new Intl.NumberFormat(lang);

  // Counters of the torrent on this page, as the tracker sees them.
  function live(box) {
    let source = null;
    const show = (counts) => {
      for (const name of ["seeders", "leechers", "completed"]) {
        const value = Number(counts[name]);
        if (!Number.isFinite(value) || box.dataset[name] === String(value)) continue;
        box.dataset[name] = String(value);
        const cell = one(`[data-count="${name}"]`, box);
        if (!cell) continue;
        cell.textContent = number.format(value);
        cell.classList.remove("changed");
        void cell.offsetWidth;
        cell.classList.add("changed");
      }
      const last = one("[data-last-seed]", box);
      if (last && Number(box.dataset.seeders) > 0) last.textContent = last.dataset.lastSeed;
      const bar = one("svg.health", box);
      if (!bar) return;
      const seeders = Number(box.dataset.seeders), leechers = Number(box.dataset.leechers);
      const peers = seeders + leechers;
      const share = peers ? Math.round((seeders / peers) * 1000) / 10 : 0;
      one(".l", bar).setAttribute("width", peers ? "100" : "0");
      one(".s", bar).setAttribute("width", String(share));
      one(".gap", bar).setAttribute("x", String(share));
      one(".gap", bar).setAttribute("width", share > 0 && share < 100 ? "0.6" : "0");
      bar.setAttribute("aria-label", (bar.dataset.label || "")
        .replace("%s", number.format(seeders)).replace("%p", number.format(peers)));
    };
    const open = () => {
      if (source || document.hidden) return;
      source = new EventSource(box.dataset.live);
      source.addEventListener("counts", (event) => show(JSON.parse(event.data)));
      source.addEventListener("end", close);
    };
    const close = () => { source?.close(); source = null; };
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
    addEventListener("pagehide", close);
    addEventListener("pageshow", open);
    open();
  }
  if ("EventSource" in window) all("[data-torrent][data-live]").forEach(live);

  // Parts of a page that are fetched anew now and then, while nobody is in them.
  function renew(part) {
    let waiting = null;
    const busy = () => part.contains(document.activeElement) || part.contains(getSelection()?.anchorNode ?? null) && !getSelection().isCollapsed;
    const fresh = async () => {
      waiting = null;
      if (document.hidden) return;
      if (!busy()) {
        try {
          const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const next = one("[data-refresh]", page);
          if (!answer.ok || answer.redirected || !next) return;
          if (!busy()) { part.replaceChildren(...next.childNodes); age(); arm(part); }
        } catch { /* the server is away: the next round tries again */ }
      }
      wait();
    };
    const wait = () => { waiting ??= setTimeout(fresh, Number(part.dataset.refresh)); };
    document.addEventListener("visibilitychange", () => { if (!document.hidden) wait(); });
    addEventListener("pagehide", () => { clearTimeout(waiting); waiting = null; });
    addEventListener("pageshow", wait);
    wait();
  }

  // Times grow old while a page stays open.
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const absolute = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
  function age() {
    for (const time of all("time[data-rel]")) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      const seconds = Math.max(0, (Date.now() - at) / 1000);
      time.title = absolute.format(at);
      if (seconds < 60 || seconds > 2592000) continue;
      const [size, unit] = seconds < 3600 ? [60, "minute"] : seconds < 86400 ? [3600, "hour"] : [86400, "day"];
      time.textContent = relative.format(-Math.floor(seconds / size), unit);
    }
  }
  age();
  setInterval(age, 60000);

  // One line at the bottom of the window, spoken too.
  function toast(text) {
    let tray = one(".toasts");
    if (!tray) {
      tray = document.createElement("div");
      tray.className = "toasts";
      tray.setAttribute("role", "status");
      document.body.append(tray);
    }
    const line = document.createElement("div");
    line.className = "toast";
    line.textContent = text;
    tray.append(line);
    setTimeout(() => line.remove(), 2400);
  }

  async function copy(button) {
    const what = button.dataset.copy;
    const text = what.startsWith("#") ? one(what)?.textContent.trim() : what;
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // No clipboard outside https: select a throw-away field and let the browser copy it.
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      button.focus();
    }
    toast(button.dataset.done || "✓");
  }
  // Copy buttons do nothing without script, so they come hidden.
  const arm = (root) => all("[data-copy][hidden]", root).forEach((button) => { button.hidden = false; });
  arm(document);
  all("[data-refresh]").forEach(renew);

  // Writing
  function insert(area, before, after = "") {
    const { selectionStart: from, selectionEnd: to, value } = area;
    const text = before + value.slice(from, to) + after;
    area.focus();
    area.setSelectionRange(from, to);
    // execCommand keeps the browser's own undo; setRangeText is the way where it is gone.
    if (!document.execCommand || !document.execCommand("insertText", false, text)) {
      area.setRangeText(text, from, to, "end");
    }
    if (from === to) area.setSelectionRange(from + before.length, from + before.length);
    else area.setSelectionRange(from + before.length, to + before.length);
  }
  const pairs = {
    b: ["[b]", "[/b]"], i: ["[i]", "[/i]"], u: ["[u]", "[/u]"], s: ["[s]", "[/s]"],
    quote: ["[quote]", "[/quote]"], code: ["[code]", "[/code]"], spoiler: ["[spoiler]", "[/spoiler]"],
    url: ["[url]", "[/url]"], img: ["[img]", "[/img]"], list: ["[list]\n[*]", "\n[/list]"],
  };
  for (const bar of all(".toolbar[hidden]")) {
    const area = one("textarea", bar.parentElement);
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const pair = pairs[event.target.closest("button[data-tag]")?.dataset.tag];
      if (pair) insert(area, ...pair);
    });
    area.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const key = event.key.toLowerCase();
      if (!"biu".includes(key) || key.length !== 1) return;
      event.preventDefault();
      insert(area, ...pairs[key]);
    });
  }

  async function fragment(address, body) {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" }, credentials: "same-origin" });
    return { ok: answer.ok, html: await answer.text() };
  }
  const token = (form) => one('input[name="csrf"]', form)?.value ?? "";

  async function preview(button) {
    const form = button.form;
    const out = one("[data-preview-out]", form);
    const body = new URLSearchParams({ csrf: token(form), text: one("textarea", form).value });
    const { ok, html } = await fragment(button.dataset.preview, body);
    if (!ok) return false;
    out.innerHTML = html;
    out.hidden = false;
    out.scrollIntoView({ block: "nearest" });
    return true;
  }

  // A chosen or dropped .torrent is read by the server at once.
  all("[data-without-script]").forEach((button) => { button.hidden = true; });
  for (const zone of all("[data-drop]")) {
    const file = one('input[type="file"]', zone);
    const form = file.form;
    const out = one("[data-analysis]", form);
    let turn = 0;
    const analyse = async () => {
      const mine = ++turn;
      if (!file.files.length) { out.replaceChildren(); return; }
      if (file.files[0].size > Number(zone.dataset.limit)) {
        const note = document.createElement("p");
        note.className = "error";
        note.textContent = zone.dataset.tooLarge;
        out.replaceChildren(note);
        return;
      }
      one("[data-kept]", zone)?.remove();
      const body = new FormData();
      body.set("csrf", token(form));
      body.set("forum", one('[name="forum"]', form)?.value ?? "");
      body.set("torrent", file.files[0]);
      zone.classList.add("busy");
      out.setAttribute("aria-busy", "true");
      try {
        const { html } = await fragment(zone.dataset.drop, body);
        if (mine === turn) {
          out.innerHTML = html;
          arm(out);
          const title = one('[name="title"]', form), name = one("[data-suggest]", out)?.dataset.suggest;
          if (title && name && !title.value.trim()) title.value = name;
        }
      } catch {
        if (mine === turn) out.replaceChildren();
      } finally {
        if (mine === turn) { zone.classList.remove("busy"); out.removeAttribute("aria-busy"); }
      }
    };
    file.addEventListener("change", analyse);
    one('select[name="forum"]', form)?.addEventListener("change", analyse);
    let depth = 0;
    zone.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) zone.classList.remove("over"); });
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      zone.classList.remove("over");
      if (!event.dataTransfer.files.length) return;
      const carrier = new DataTransfer();
      carrier.items.add(event.dataTransfer.files[0]);
      file.files = carrier.files;
      analyse();
    });
  }

  async function quote(link) {
    const area = one("#reply textarea");
    const answer = await fetch(link.dataset.quote, { credentials: "same-origin" });
    if (!answer.ok) { location.href = link.href; return; }
    const gap = area.value && !area.value.endsWith("\n") ? "\n" : "";
    area.value += gap + (await answer.text());
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    area.scrollIntoView({ block: "center" });
  }

  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const button = event.target.closest("[data-copy]");
    if (button) { event.preventDefault(); copy(button); return; }
    const show = event.target.closest("button[data-preview]");
    if (show) {
      event.preventDefault();
      preview(show).catch(() => false).then((ok) => {
        if (ok) return;
        // Let the form do it the long way.
        show.removeAttribute("data-preview");
        show.click();
      });
      return;
    }
    const link = event.target.closest("a[data-quote]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (link && plain && one("#reply textarea")) {
      event.preventDefault();
      quote(link).catch(() => { location.href = link.href; });
    }
  });

  document.addEventListener("keydown", (event) => {
    const where = event.target;
    const typing = where.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(where.tagName);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && where.tagName === "TEXTAREA" && where.form) {
      event.preventDefault();
      where.form.requestSubmit(one("button.main", where.form) ?? undefined);
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const find = one(".find input");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    } else if (event.key === "Escape") {
      for (const menu of all("details.menu[open]")) {
        menu.open = false;
        if (menu.contains(document.activeElement)) one("summary", menu).focus();
      }
    }
  });

  // A form is sent once; the button comes back when the page does.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    setTimeout(() => all('button:not([type="button"])', event.target).forEach((button) => { button.disabled = true; }), 0);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) all("form[method='post'] button:disabled").forEach((button) => { button.disabled = false; });
  });
})();
