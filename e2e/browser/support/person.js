// Somebody at a browser: a context of their own, watched for everything that goes wrong in it.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const here = path.dirname(new URL(import.meta.url).pathname);
export const artefacts = path.resolve(here, "../../artefacts");

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 844 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

let addresses = 0;

export class Person {
  // `mode`: { script, theme: "light"|"dark", viewport, label }
  static async arrive(browser, skep, name, mode, findings) {
    const person = new Person();
    person.findings = findings;
    person.browser = browser;
    person.name = name;
    person.mode = mode;
    person.problems = [];
    person.allowed = [];
    person.context = await browser.newContext({
      baseURL: skep.web,
      javaScriptEnabled: mode.script,
      colorScheme: mode.theme,
      viewport: mode.viewport,
      locale: "en-GB",
      acceptDownloads: true,
      // everybody comes from a place of their own (the suite's server believes the suite as a proxy)
      extraHTTPHeaders: { "X-Forwarded-For": `10.1.${mode.number}.${++addresses}` },
    });
    person.context.setDefaultTimeout(45_000);
    person.page = await person.context.newPage();
    person.watch(person.page);
    return person;
  }

  watch(page) {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.problem(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.problem(`script error: ${error.message}`));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // "aborted" is what leaving a page does to its live counters, and a download to its navigation
      if (why !== "net::ERR_ABORTED") this.problem(`request failed: ${request.method()} ${request.url()} ${why}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.problem(`${response.status()} for ${response.request().method()} ${response.url()}`);
    });
  }

  problem(text) {
    if (!this.allowed.some((pattern) => pattern.test(text))) this.problems.push(text);
  }

  // Runs `act`, in which an answer of this status is meant: neither it nor the browser's word about it is a problem.
  async meaning(status, act) {
    const before = this.allowed;
    this.allowed = [...before, new RegExp(`^${status} for `), new RegExp(`status of ${status}\\b`)];
    try {
      return await act();
    } finally {
      // the browser tells of it a moment later than it shows it
      await this.page.evaluate(() => 0);
      this.allowed = before;
    }
  }

  // Nothing may have gone wrong so far.
  clean() {
    const problems = this.problems.splice(0);
    assert.deepEqual(problems, [], `${this.name}: the browser complained`);
  }

  go(where) {
    return this.page.goto(where);
  }

  // Finders, by what a person reads or hears.
  link(name, options) { return this.page.getByRole("link", { name, ...options }); }
  button(name, options) { return this.page.getByRole("button", { name, ...options }); }
  field(name, options) { return this.page.getByLabel(name, options); }
  text(text, options) { return this.page.getByText(text, options); }
  heading(name) { return this.page.getByRole("heading", { level: 1, name }); }

  // Fills fields by label: { label: text } and presses the button.
  async fill(fields, button) {
    for (const [label, value] of Object.entries(fields)) await this.field(label, { exact: true }).fill(value);
    if (button) await this.press(button);
  }

  // Clicks what leads to another page (a button by its name, or anything found) and waits until that page is there.
  async press(what) {
    const found = typeof what === "string" ? this.button(what, { exact: true }) : what;
    await Promise.all([this.page.waitForEvent("load"), found.click()]);
  }

  // Picks the option that reads `option`, however it is indented, in the list labelled so.
  async choose(label, option) {
    const list = this.field(label, { exact: true });
    const value = await list.evaluate((select, wanted) =>
      [...select.options].find((one) => one.textContent.trim() === wanted)?.value, option);
    assert.notEqual(value, undefined, `“${label}” offers “${option}”`);
    await list.selectOption(value);
  }

  // What the list labelled so shows.
  chosen(label) {
    return this.field(label, { exact: true }).evaluate((select) => select.selectedOptions[0].textContent.trim());
  }

  async logIn(password) {
    await this.go("/login");
    await this.fill({ "Name or e-mail": this.name, Password: password }, "Log in");
    await this.see(this.account());
  }

  async logOut() {
    await this.account().click();
    await this.press("Log out");
    await this.see("You are logged out.");
  }

  // The menu in the corner of whoever is logged in.
  account() {
    return this.page.getByLabel(`Account of ${this.name}`);
  }

  // The tracker key, as the settings show it.
  async passkey() {
    await this.go("/settings/passkey");
    const key = (await this.page.locator("#passkey").innerText()).trim();
    assert.match(key, /^[0-9a-f]{32}$/);
    return key;
  }

  // A file of the site with this person's cookies.
  async fetch(where) {
    const answer = await this.context.request.get(where);
    assert.equal(answer.status(), 200, `${this.name} at ${where}`);
    return answer.body();
  }

  // What `act` makes the browser download: { name, data }.
  async download(act) {
    const [file] = await Promise.all([this.page.waitForEvent("download"), act()]);
    return { name: file.suggestedFilename(), data: fs.readFileSync(await file.path()) };
  }

  // The name of what has the focus, as a screen reader says it.
  focused() {
    return this.page.evaluate(() => {
      const e = document.activeElement;
      return (e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent).trim();
    });
  }

  // Presses Tab until something of this name has the focus, and the focus is to be seen.
  async tabTo(name) {
    const seen = [];
    for (let presses = 0; presses < 120; presses++) {
      await this.page.keyboard.press("Tab");
      const now = await this.focused();
      if (now === name) {
        const outlined = await this.page.evaluate(() => {
          // around the element itself, or around the box it stands in
          const shown = (e, depth) => {
            const style = getComputedStyle(e);
            return style.outlineStyle !== "none" || style.boxShadow !== "none" || (depth > 0 && shown(e.parentElement, depth - 1));
          };
          return shown(document.activeElement, 1);
        });
        assert.ok(outlined, `the focus on “${name}” can be seen`);
        return;
      }
      seen.push(now.slice(0, 20));
    }
    assert.fail(`Tab never reaches “${name}”: ${seen.join(", ")}`);
  }

  // A picture for whoever looks into a failure.
  async picture(name) {
    fs.mkdirSync(artefacts, { recursive: true });
    await this.page.screenshot({ path: path.join(artefacts, `${name}.png`), fullPage: true }).catch(() => {});
  }

  async see(what, message) {
    const locator = typeof what === "string" || what instanceof RegExp ? this.text(what) : what;
    await locator.first().waitFor({ state: "visible" }).catch((error) => {
      throw new Error(`${message ?? `${this.name} should see ${what}`} at ${this.page.url()}: ${error.message.split("\n")[0]}`);
    });
  }

  // Looks at the page as it stands, in the themes and widths of the walk: structure, overflow, and, where they are
  // wanted, what axe reads (contrast, names, targets) and a picture.
  async look(name) {
    const page = this.page;
    const check = async (act) => {
      // how a page looks keeps nobody from going on: it is told of at the end of the walk
      try { await act(); } catch (error) { this.findings.push(error.message.split("\n")[0]); }
    };
    await check(() => structure(page, name));
    await page.evaluate(() => scrollTo(0, 0));
    fs.mkdirSync(artefacts, { recursive: true });
    for (const { theme, viewport, read, picture } of this.mode.looks) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      const where = `${name}, ${theme}, ${viewport.width} px`;
      const spill = await page.evaluate(() => {
        const root = document.documentElement;
        if (root.scrollWidth <= root.clientWidth) return "";
        const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
        return `${root.scrollWidth} px: ` + wide.slice(0, 4).map((e) => `<${e.tagName.toLowerCase()} class="${e.className}">`).join(" ");
      });
      await check(() => assert.equal(spill, "", `${where}: scrolls sideways: ${spill}`));
      if (read) await check(async () => accessible(this.mode.script ? page : await this.copy(theme, viewport), where));
      if (picture) await page.screenshot({ path: path.join(artefacts, `${name}-${theme}-${viewport.width}${this.mode.script ? "" : "-noscript"}.png`), fullPage: true });
    }
    await page.emulateMedia({ colorScheme: this.mode.theme, reducedMotion: null });
    await page.setViewportSize(this.mode.viewport);
    this.clean();
  }

  // The page as it stands, in a browser with script: where there is none, what reads it cannot run either.
  async copy(theme, viewport) {
    const html = (await this.page.content()).replace(/<script[^>]*><\/script>/g, "");
    const url = this.page.url().replace(/#.*/, "");
    this.reader ??= await (await this.browser.newContext()).newPage();
    await this.reader.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await this.reader.setViewportSize(viewport);
    await this.reader.unrouteAll();
    await this.reader.route((asked) => asked.href === url, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
    await this.reader.goto(url);
    return this.reader;
  }

  async leave() {
    this.clean();
    await this.context.close();
  }
}

// What every page has: a language, a title, one h1, the landmarks, and a skip link that is first and leads to main.
async function structure(page, name) {
  const found = await page.evaluate(() => {
    const visible = (e) => e.checkVisibility();
    const skip = document.querySelector("a[href], button, input, select, textarea, summary");
    const target = skip?.getAttribute("href");
    return {
      lang: document.documentElement.lang,
      title: document.title,
      h1: [...document.querySelectorAll("h1")].filter(visible).length,
      main: document.querySelectorAll("main").length,
      banner: document.querySelectorAll("body > header").length,
      footer: document.querySelectorAll("body > footer").length,
      nav: document.querySelectorAll("nav").length > 0,
      skip: Boolean(target?.startsWith("#") && document.querySelector(target)?.closest("main")),
      levels: [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(visible).map((e) => Number(e.tagName[1])),
    };
  });
  assert.equal(found.lang, "en", `${name}: language`);
  assert.match(found.title, /\S/, `${name}: title`);
  assert.equal(found.h1, 1, `${name}: one h1`);
  assert.deepEqual([found.main, found.banner, found.footer, found.nav], [1, 1, 1, true], `${name}: landmarks`);
  assert.ok(found.skip, `${name}: the first thing to reach is a link to the content`);
}

async function accessible(page, where) {
  await page.evaluate(`if (!window.axe) { ${axe} }`);
  const violations = await page.evaluate(async () => {
    const result = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    });
    return result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join(" | ")}`);
  });
  assert.equal(violations.length, 0, `${where}: ${violations.join("; ")}`);
}
