// Three people walk through the whole site: Mira, who sets it up; Tikhon, who posts; Ola, who comes by and joins.
// The walk is done four times on fresh stores: with and without script, light and dark, wide and at 390 px.
import test from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import { Skep } from "./support/skep.js";
import { NARROW, Person, WIDE, artefacts, launch } from "./support/person.js";
import { announce, decode, forced, hybrid, v1, v2 } from "./support/torrents.js";
import { WRONG } from "./support/wrong.js";

const PASSWORD = "seven small brown bees";
const LIGHT_WIDE = { theme: "light", viewport: WIDE }, DARK_NARROW = { theme: "dark", viewport: NARROW };
const LIGHT_NARROW = { theme: "light", viewport: NARROW }, DARK_WIDE = { theme: "dark", viewport: WIDE };
const MODES = [
  {
    label: "with script, light, wide", script: true, ...LIGHT_WIDE,
    looks: [
      { ...LIGHT_WIDE, read: true, picture: true }, { ...LIGHT_NARROW, picture: true },
      { ...DARK_WIDE, picture: true }, { ...DARK_NARROW, read: true, picture: true },
    ],
  },
  {
    label: "without script, dark, narrow", script: false, ...DARK_NARROW,
    looks: [{ ...LIGHT_WIDE, picture: true }, { ...DARK_NARROW, read: true, picture: true }],
  },
  { label: "with script, dark, narrow", script: true, ...DARK_NARROW, looks: [DARK_NARROW] },
  { label: "without script, light, wide", script: false, ...LIGHT_WIDE, looks: [LIGHT_WIDE] },
];

if (process.env.E2E_MODE === undefined) fs.rmSync(artefacts, { recursive: true, force: true });
for (const [number, mode] of MODES.entries()) {
  mode.number = number;
  const wanted = process.env.E2E_MODE;
  test(`the site ${mode.label}`, { timeout: 600_000, skip: wanted !== undefined && wanted !== String(number) }, (t) => walk(t, mode));
}

async function walk(t, mode) {
  // the suite stands before the server like a proxy, so that its people come from different addresses
  const skep = await Skep.start({ SKEP_WEB__TRUSTED_PROXIES: "127.0.0.1" });
  const browser = await launch();
  let broken = false;
  const people = [], findings = [];
  const arrive = async (name) => {
    const person = await Person.arrive(browser, skep, name, mode, findings);
    people.push(person);
    return person;
  };
  // one step builds on the other: after a failure the rest would only repeat it
  const step = (name, act) => t.test(name, { skip: broken }, async () => {
    try {
      await act();
      for (const person of people) person.clean();
    } catch (error) {
      broken = true;
      for (const person of people) await person.picture(`failed-${number(mode)}-${person.name}`);
      throw error;
    }
  });
  const site = { skep, mode, step, arrive, forums: {}, topics: {} };
  try {
    site.mira = await arrive("Mira");
    site.tikhon = await arrive("Tikhon");
    site.ola = await arrive("Ola");
    await setUp(site);
    await administrate(site);
    await join(site);
    await post(site);
    await read(site);
    await download(site);
    await track(site);
    await discuss(site);
    await hide(site);
    await moderate(site);
    await account(site);
    await keyboard(site);
    await t.test("every page looks right", () => assert.equal(findings.length, 0, findings.join("\n")));
  } finally {
    await browser.close();
    const status = await skep.stop();
    await t.test("serve stops cleanly", () => assert.equal(status, 0));
  }
}

const number = (mode) => mode.number;

// 2: the administrator

async function setUp({ skep, step, mira }) {
  await step("the set-up link makes the administrator, once", async () => {
    assert.ok(skep.setup, "the first start prints a set-up link");
    await mira.go(skep.setup);
    await mira.look("setup");
    await mira.meaning(422, async () => {
      await mira.fill({ "Name of the site": "Hives", "Your name": "Mira", Password: "password12" }, "Create the site");
      await mira.see("one of the first that anyone tries");
    });
    await mira.fill({ "Name of the site": "Hives", "Your name": "Mira", Password: PASSWORD }, "Create the site");
    await mira.see("The site is yours");
    assert.match(mira.page.url(), /\/admin\/forums/);
    await mira.meaning(404, () => mira.go(skep.setup));
    await mira.see(mira.heading(/\S/));
  });
}

async function administrate(site) {
  const { step, mira, forums } = site;
  const addCategory = async (title) => {
    await mira.go("/admin/forums");
    const form = mira.page.locator("form", { has: mira.page.getByRole("heading", { name: "New category" }) });
    await form.getByLabel("Title").fill(title);
    await mira.press(form.getByRole("button", { name: "Add category" }));
    await mira.see(mira.page.getByRole("heading", { level: 2, name: title }));
  };
  // `where` is the category or the parent; `choose` are selects by label, `policy` a radio, `without` checkboxes to clear
  const addForum = async (where, { title, about = "", choose = {}, policy, without = [] }) => {
    await mira.go("/admin/forums/new");
    await mira.fill({ Title: title, Description: about });
    await mira.choose("Stands in", where);
    for (const [label, option] of Object.entries(choose)) await mira.choose(label, option);
    if (policy) await mira.page.getByRole("radio", { name: policy }).check();
    for (const kind of without) await mira.page.getByRole("checkbox", { name: kind }).uncheck();
    await mira.press("Save");
    await mira.go("/admin/forums");
    const link = mira.link(title, { exact: true }).first();
    await mira.see(link);
    forums[title] = /\/admin\/forums\/(\d+)/.exec(await link.getAttribute("href"))[1];
  };

  await step("an empty site says what to do next", async () => {
    await mira.go("/");
    await mira.see("Make a category and its first forum");
    await mira.look("home-empty");
    await mira.go("/admin");
    await mira.look("admin-empty");
  });

  await step("groups, categories and forums with their own rights and policies", async () => {
    await mira.go("/admin/groups");
    await mira.fill({ Name: "Releasers", "What it is for": "They post the releases." }, "Add group");
    await mira.go("/admin/groups");
    await mira.see(mira.link("Releasers"));
    await mira.look("admin-groups");
    await addCategory("Operating systems");
    await addCategory("Staff room");
    await addForum("Operating systems", { title: "Linux", about: "Images & source trees", policy: "Make private" });
    await addForum("Linux", { title: "Debian", about: "Stable and testing", policy: "Private and public" });
    await addForum("Operating systems", { title: "BSD", policy: "Private only", choose: { Read: "Members" }, without: ["v2-only torrents"] });
    await addForum("Operating systems", { title: "Releases", policy: "Make private", choose: { "Begin topics": "Releasers" } });
    await addForum("Staff room", { title: "Back office", choose: { "See it": "Administrators", Read: "Administrators", "Begin topics": "Administrators", Reply: "Administrators", "Attach torrents": "Administrators", Download: "Administrators" } });
    await mira.look("admin-forums");
    await mira.go(`/admin/forums/${forums.BSD}`);
    assert.equal(await mira.chosen("Read"), "Members");
    assert.ok(await mira.page.getByRole("radio", { name: "Private only" }).isChecked());
    assert.ok(!(await mira.page.getByRole("checkbox", { name: "v2-only torrents" }).isChecked()));
    await mira.look("admin-forum");
  });

  await step("forums can be put into another order", async () => {
    await mira.go("/admin/forums");
    await mira.press("Move BSD up");
    await mira.go("/");
    const titles = await mira.page.locator("main").getByRole("link").allTextContents();
    assert.ok(titles.indexOf("BSD") < titles.indexOf("Linux"), `order: ${titles}`);
  });

  await step("settings: name, registration, rules", async () => {
    await mira.go("/admin/settings");
    await mira.fill({ "Name of the site": "The Hives" });
    await mira.page.getByRole("radio", { name: /^Open/ }).check();
    await mira.field("Rules", { exact: true }).fill("[b]Be kind.[/b] Seed what you take.");
    await mira.press("Save");
    await mira.see("Saved.");
    await mira.look("admin-settings");
    await mira.go("/rules");
    await mira.see(mira.page.locator("main").getByText("Be kind."));
    await mira.look("rules");
    await mira.go("/admin/invites");
    await mira.look("admin-invites");
    await mira.go("/admin/tracker/suspicions");
    await mira.look("admin-suspicions");
  });
}

// 3: accounts

async function join(site) {
  const { step, mira, tikhon, ola } = site;
  const register = async (person) => {
    await person.go("/");
    // a phone has room for one of the two; the other is behind it
    if (site.mode.viewport === NARROW) await person.press(person.link("Log in"));
    await person.press(person.link(/Register/).first());
    await person.see("Seed what you take.");
    await person.fill({ Name: person.name, Password: PASSWORD });
    await person.page.getByRole("checkbox", { name: /I have read the rules/ }).check();
    await person.press("Create account");
    await person.see("Welcome! Your account is ready.");
  };

  await step("a visitor sees what is open to everyone", async () => {
    await ola.go("/");
    await ola.see(ola.link("Linux", { exact: true }));
    await ola.look("home-guest");
    await ola.meaning(403, () => ola.go(`/forums/${site.forums.BSD}`));
    await ola.see("This forum can be read only with an account.");
    await ola.look("forum-closed");
  });

  await step("registration says what is wrong, and then welcomes", async () => {
    await ola.go("/register");
    await ola.look("register");
    await ola.meaning(422, async () => {
      await ola.fill({ Name: "mira", Password: PASSWORD });
      await ola.page.getByRole("checkbox", { name: /I have read the rules/ }).check();
      await ola.press("Create account");
      await ola.see("is taken. Choose another.");
    });
    await ola.look("register-refused");
    await register(ola);
    await register(tikhon);
  });

  await step("logging out and in; a wrong password is refused without telling which part was wrong", async () => {
    await ola.logOut();
    await ola.go("/login");
    await ola.look("login");
    const words = [];
    for (const name of ["Ola", "Nobody at all"]) {
      await ola.meaning(422, async () => {
        await ola.fill({ "Name or e-mail": name, Password: "not the password" }, "Log in");
        await ola.see("The name or the password is wrong.");
      });
      words.push((await ola.page.locator("main").innerText()).replace(name, ""));
    }
    assert.equal(words[0], words[1], "the answer does not tell whether the account exists");
    await ola.logIn(PASSWORD);
  });

  await step("the administrator lets somebody into a group", async () => {
    await mira.go("/admin/users");
    await mira.see(mira.link("Tikhon"));
    await mira.look("admin-users");
    await mira.go("/admin/groups");
    await mira.press(mira.link("Releasers"));
    await mira.field("User name").fill("Tikhon");
    await mira.press("Add");
    await mira.see(mira.link("Tikhon"));
    await mira.look("admin-group");
    await mira.press(mira.link("Tikhon"));
    await mira.look("admin-user");
    await tikhon.go(`/posting/new?forum=${site.forums.Releases}`);
    await tikhon.see(tikhon.heading("New topic"));
    await ola.meaning(403, () => ola.go(`/posting/new?forum=${site.forums.Releases}`));
    await ola.see("You may not do this");
    await ola.look("forbidden");
  });
}

// 4: posting a torrent

// Chooses a file and has it analysed: at once with script, by the button without.
async function analyse(person, file, expected) {
  await person.field("Torrent file").setInputFiles({ name: "upload.torrent", mimeType: "application/x-bittorrent", buffer: file });
  if (!person.mode.script) await person.press("Check");
  await person.see(expected);
}

// Shows the text as it will look: in place with script, as a page without.
async function preview(person) {
  if (person.mode.script) await person.button("Preview", { exact: true }).click();
  else await person.press("Preview");
}

async function post(site) {
  const { step, tikhon, ola, forums, topics } = site;
  const { script } = site.mode;
  const image = v1("Debian 12 & friends", [["images/gnome.iso", 700_000], ["images/kde.iso", 900_000], ["SHA512SUMS", 1234]], {
    isPrivate: false,
    announce: "http://tracker.elsewhere.example/announce",
    "announce-list": [["http://tracker.elsewhere.example/announce"], ["udp://other.example:6969/announce"]],
    comment: "made by somebody",
    "created by": "hand",
    "url-list": ["http://seed.elsewhere.example/"],
    "x-unknown": "left out",
  });
  const both = hybrid("hybrid.bin", { isPrivate: false });
  site.image = image;
  site.both = both;

  await step("wrong files are refused in plain words, naming the field and the rule", async () => {
    for (const [what, file, sentence] of WRONG) {
      await tikhon.go(`/posting/new?forum=${forums.Debian}`);
      await tikhon.meaning(422, () => analyse(tikhon, file, "This file cannot be posted"));
      await tikhon.see(tikhon.page.getByText(sentence), `${what}: expected ${sentence}`);
    }
    await tikhon.look("analysis-refused");
  });

  await step("a file over the limit is refused without being read to its end", async () => {
    await tikhon.go(`/posting/new?forum=${forums.Debian}`);
    await tikhon.meaning(422, () => tikhon.meaning(413, () => analyse(tikhon, Buffer.alloc(9 * 1024 * 1024, "x"), /limit/)));
  });

  await step("a forum's policy is applied: not private, not v2", async () => {
    await tikhon.go(`/posting/new?forum=${forums.BSD}`);
    await tikhon.meaning(422, () => analyse(tikhon, v1("public.bin", 5000, { isPrivate: false }).data, "takes private torrents only"));
    await tikhon.go(`/posting/new?forum=${forums.BSD}`);
    await tikhon.meaning(422, () => analyse(tikhon, v2("new.bin").data, "does not take v2-only torrents"));
  });

  await step("the form keeps what was written when something is missing", async () => {
    await tikhon.go(`/posting/new?forum=${forums.BSD}`);
    await tikhon.fill({ Title: "Public images", Text: "Not allowed here." });
    await tikhon.field("Torrent file").setInputFiles({ name: "p.torrent", mimeType: "application/x-bittorrent", buffer: v1("p.bin", 5000, { isPrivate: false }).data });
    await tikhon.meaning(422, async () => {
      await tikhon.press("Post topic");
      await tikhon.see("One thing to mend before this can be posted");
    });
    assert.equal(await tikhon.field("Title", { exact: true }).inputValue(), "Public images");
    assert.equal(await tikhon.field("Text", { exact: true }).inputValue(), "Not allowed here.");
    await tikhon.look("posting-refused");
  });

  await step("a torrent is analysed, described with a preview, and posted", async () => {
    await tikhon.go("/");
    await tikhon.press(tikhon.link("Linux", { exact: true }).first());
    await tikhon.see("Nobody has posted here yet.");
    await tikhon.look("forum-empty");
    await tikhon.press(tikhon.link("New topic"));
    await analyse(tikhon, image.data, "It can be posted.");
    for (const fact of ["Debian 12 & friends", "images/kde.iso", image.hash, "It will be made private", "Foreign trackers will be left out", "in 3 files"]) {
      await tikhon.see(tikhon.page.getByText(fact, { exact: false }));
    }
    if (script) assert.equal(await tikhon.field("Title", { exact: true }).inputValue(), "Debian 12 & friends", "the name is suggested as title");
    await tikhon.fill({
      Title: "Debian 12 “Bookworm” <live>",
      Text: "[b]Two images[/b] and their sums.\n[list][*]gnome[*]kde[/list]\n[spoiler]dd if=gnome.iso of=/dev/sdX[/spoiler]\n[url=javascript:alert(1)]click[/url]",
    });
    await preview(tikhon);
    await tikhon.see(tikhon.page.locator(".prose li", { hasText: "gnome" }));
    assert.equal(await tikhon.page.locator('a[href^="javascript"]').count(), 0);
    await tikhon.look("posting-analysed");
    await tikhon.press("Post topic");
    await tikhon.see("Download the torrent again before you seed");
    await tikhon.see("Foreign trackers were taken out");
    topics.image = /\/topics\/(\d+)/.exec(tikhon.page.url())[1];
    await tikhon.look("topic-posted");
  });

  await step("a public hybrid keeps its hashes where public torrents are allowed", async () => {
    await tikhon.go(`/posting/new?forum=${forums.Debian}`);
    await analyse(tikhon, both.data, "It can be posted.");
    await tikhon.see(tikhon.page.getByText("v1 + v2 (hybrid)"));
    await tikhon.fill({ Title: "A hybrid", Text: "Both kinds." });
    await tikhon.press("Post topic");
    await tikhon.see("Your torrent is registered.");
    topics.both = /\/topics\/(\d+)/.exec(tikhon.page.url())[1];
    await tikhon.see(tikhon.page.getByText(both.hash));
    await tikhon.see(tikhon.page.getByText(both.hash2));
  });

  await step("a duplicate is refused, naming the topic", async () => {
    await ola.go(`/posting/new?forum=${forums.Debian}`);
    await ola.meaning(422, () => ola.meaning(409, () => analyse(ola, both.data, "This torrent is already here: “A hybrid”.")));
    assert.equal(await ola.link("Open the topic").first().getAttribute("href"), `/topics/${topics.both}`);
    await ola.look("analysis-duplicate");
    await ola.fill({ Title: "The same again", Text: "Is it?" });
    await ola.meaning(409, async () => {
      await ola.press("Post topic");
      await ola.see("One thing to mend before this can be posted");
    });
    await ola.press(ola.link("Open the topic").first());
    await ola.see(ola.heading("A hybrid"));
  });

  await step("two uploads of one torrent at the same moment make one topic and one polite refusal", async () => {
    const raced = v1("raced.bin", 40_000);
    for (const person of [tikhon, ola]) {
      await person.go(`/posting/new?forum=${forums.Debian}`);
      await analyse(person, raced.data, "It can be posted.");
      await person.fill({ Title: `Raced by ${person.name}`, Text: "First!" });
    }
    const outcome = async (person) => {
      await person.press("Post topic");
      const posted = person.page.getByText("Your torrent is registered.");
      const refused = person.page.getByText("This torrent is already here:");
      await person.see(posted.or(refused));
      return (await posted.count()) ? "posted" : "refused";
    };
    const outcomes = await tikhon.meaning(409, () => ola.meaning(409, () => Promise.all([outcome(tikhon), outcome(ola)])));
    assert.deepEqual(outcomes.sort(), ["posted", "refused"]);
  });
}

// 5: forum list and topic

async function read(site) {
  const { step, skep, tikhon, ola, forums, topics, mode } = site;

  await step("the forum list shows marker, size, swarm, replies and last post", async () => {
    await ola.go(`/forums/${forums.Linux}`);
    const row = ola.page.getByRole("row", { name: /Debian 12/ });
    await ola.see(row.getByRole("link", { name: "Debian 12 “Bookworm” <live>" }));
    const text = await words(row);
    assert.doesNotMatch(text, /Not checked/);
    assert.match(text, /Tikhon/);
    assert.match(text, /1[.,]\d+ MB/);
    assert.match(text, /0 ?\/ ?0/);
    await ola.see(ola.link("Debian", { exact: true }), "the subforum is listed");
    await ola.look("forum");
  });

  await step("the topic shows the torrent box, hashes and the file tree", async () => {
    await ola.press(ola.link("Debian 12 “Bookworm” <live>"));
    await ola.see(ola.heading("Debian 12 “Bookworm” <live>"));
    const box = ola.page.locator("[data-torrent]");
    const registered = forced(site.image);
    assert.equal(await box.getAttribute("data-torrent"), registered.hash);
    assert.deepEqual(await counters(ola), [0, 0, 0]);
    await ola.see(box.getByText("private", { exact: true }));
    await ola.see(box.getByText(registered.hash));
    await ola.page.getByText("3 files", { exact: true }).click();
    for (const name of ["images", "gnome.iso", "kde.iso", "SHA512SUMS"]) await ola.see(box.getByText(name, { exact: true }));
    assert.equal(await box.locator("b, i, live").count(), 0, "names are text, not markup");
    await ola.look("topic");
    await ola.go(`/dl/${topics.image}/files`);
    await ola.see("kde.iso");
    await ola.look("files");
    await ola.go("/torrents");
    await ola.see(ola.link("A hybrid"));
    await ola.look("torrents");
    await ola.go("/");
    await ola.look("home");
  });

  await step("counters follow the swarm, live with script and on reload without", async () => {
    const torrent = decode(await tikhon.fetch(`/dl/${topics.image}`));
    const mine = torrent.announce.toString();
    const theirs = decode(await ola.fetch(`/dl/${topics.image}`)).announce.toString();
    assert.notEqual(mine, theirs, "everyone has a passkey of their own");
    const hash = forced(site.image).hash;
    await ola.go(`/topics/${topics.image}`);
    const marker = await ola.page.evaluate(() => (document.body.dataset.seen = String(Math.random())));
    // within five seconds, give or take what it takes to look
    let look = Date.now();
    if (!mode.script) await ola.page.reload();
    await counters(ola);
    look = Date.now() - look;
    const follows = async (...expected) => {
      const deadline = Date.now() + 30_000;
      const began = Date.now();
      for (;;) {
        const now = await counters(ola);
        if (String(now) === String(expected)) break;
        assert.ok(Date.now() < deadline, `counters are ${now}, should be ${expected}`);
        if (!mode.script) await ola.page.reload();
        else await ola.page.waitForTimeout(100);
      }
      assert.ok(Date.now() - began < 5_000 + 3 * look, `counters took ${Date.now() - began} ms`);
    };
    await announce(mine, hash, "tikhon", { port: 40001, uploaded: 0 });
    await follows(1, 0, 0);
    await announce(theirs, hash, "ola", { port: 40002, left: 1000 });
    await follows(1, 1, 0);
    await announce(theirs, hash, "ola", { port: 40002, downloaded: 5_000_000, event: "completed" });
    await follows(2, 0, 1);
    await announce(mine, hash, "tikhon", { port: 40001, uploaded: 7_000_000, event: "stopped" });
    await follows(1, 0, 1);
    if (mode.script) {
      assert.equal(await ola.page.evaluate(() => document.body.dataset.seen), marker, "the page was not reloaded");
      assert.match(await ola.page.getByRole("img", { name: /peers are seeders/ }).getAttribute("aria-label"), /^1 of 1/);
    }
    await ola.look("topic-seeded");
    // and the members' totals follow
    const deadline = Date.now() + 30_000;
    for (const [person, expected] of [[tikhon, /7[.,]00 MB/], [ola, /5[.,]00 MB/]]) {
      for (;;) {
        await person.go("/members");
        const row = person.page.getByRole("row", { name: new RegExp(person.name) });
        await person.press(row.getByRole("link").first());
        if (expected.test(await words(person.page.locator("main")))) break;
        assert.ok(Date.now() < deadline, `${person.name}'s totals: ${await person.page.locator("main").innerText()}`);
      }
    }
    await ola.look("member");
  });

  await step("a guest may read but is told to log in for the download", async () => {
    const guest = await site.arrive("Guest");
    await guest.go(`/topics/${topics.image}`);
    await guest.see("Log in to download this torrent.");
    await guest.see("Log in to reply.");
    assert.equal(await guest.link("Download .torrent").count(), 0);
    await guest.look("topic-guest");
    await guest.go(`/dl/${topics.image}`);
    assert.match(guest.page.url(), /\/login/, "a download without a session leads to the log-in page");
  });
}

// The text of an element on one line.
async function words(found) {
  return (await found.innerText()).replace(/\s+/g, " ");
}

async function counters(person) {
  const box = person.page.locator("[data-torrent]");
  const shown = {};
  for (const name of ["seeders", "leechers", "completed"]) {
    shown[name] = Number(await box.getAttribute(`data-${name}`));
  }
  return [shown.seeders, shown.leechers, shown.completed];
}

// 6: the .torrent

async function download(site) {
  const { step, tikhon, ola, topics, skep } = site;

  await step("a member's .torrent: their passkey, the registered info byte for byte, nothing foreign", async () => {
    const passkey = await ola.passkey();
    await ola.go(`/topics/${topics.image}`);
    const file = await ola.download(() => ola.link("Download .torrent").click());
    assert.match(file.name, /\.torrent$/);
    const torrent = decode(file.data);
    assert.ok(torrent.raw.info.equals(forced(site.image).info), "the info dictionary is the registered one, byte for byte");
    const urls = [torrent.announce, ...(torrent["announce-list"] ?? []).flat()].map(String);
    for (const url of urls) assert.ok(url.includes(passkey), `${url} carries the passkey`);
    assert.ok(urls.some((url) => url.startsWith("http://127.0.0.1:")) && urls.some((url) => url.startsWith("udp://127.0.0.1:")), urls.join(" "));
    assert.ok(!file.data.includes("elsewhere") && !file.data.includes("other.example") && !file.data.includes("made by somebody"), "scrubbed");
    assert.deepEqual(Object.keys(torrent).filter((key) => ["url-list", "x-unknown", "nodes", "httpseeds"].includes(key)), []);
    assert.equal(String(torrent.comment), `${skep.web}/topics/${topics.image}`);
  });

  await step("the original is for its author alone", async () => {
    await tikhon.go(`/topics/${topics.image}`);
    const file = await tikhon.download(() => tikhon.link("The file as you uploaded it").click());
    assert.ok(file.data.equals(site.image.data), "the original is byte for byte what was uploaded");
    await ola.go(`/topics/${topics.image}`);
    assert.equal(await ola.link("The file as you uploaded it").count(), 0);
    await ola.meaning(403, () => ola.go(`/dl/${topics.image}?original=1`));
  });

  await step("the magnet link of a public torrent names both hashes and the tracker", async () => {
    await ola.go(`/topics/${topics.both}`);
    const magnet = await ola.link("Magnet link").getAttribute("href");
    assert.ok(magnet.startsWith("magnet:?"), magnet);
    assert.ok(magnet.includes(`urn:btih:${site.both.hash}`) && magnet.includes(`urn:btmh:1220${site.both.hash2}`), magnet);
    assert.ok(new URL(magnet).searchParams.getAll("tr").some((url) => url.startsWith("http://127.0.0.1:")), magnet);
  });
}

// the tracker, as its administrator sees it

async function track(site) {
  const { step, mode, mira, ola, tikhon, skep } = site;
  const refused = async (url, hash) => announce(url, hash, "lost", { port: 7007 }).then(() => assert.fail("served"), () => {});

  await step("the administrator sees what the tracker does, and to whom", async () => {
    const passkey = await ola.passkey();
    const url = `${skep.announce}/${passkey}`;
    await announce(url, site.both.hash, "ola1", { port: 7001, left: 1000, downloaded: 5000 });
    for (let n = 0; n < 3; n += 1) await refused(url, "ab".repeat(20));
    await refused(`${skep.announce}/${"0".repeat(32)}`, site.both.hash);
    await mira.go("/admin/tracker");
    await mira.see(mira.page.getByRole("heading", { level: 2, name: "Refusals" }));
    await mira.see(mira.page.getByRole("cell", { name: "Unknown passkey" }).first());
    await mira.see(mira.link("ab".repeat(20)));
    await mira.look("admin-tracker");
    await mira.fill({ "Info-hash or member": "ola" }, "Find");
    await mira.see(mira.heading(/ola/i));
    await mira.see(mira.text(/peers?; seeders/).first());
    await mira.look("admin-tracker-user");
    await mira.go(`/admin/tracker/torrents/${site.both.hash}`);
    await mira.see(mira.link("Topic", { exact: true }));
    await mira.look("admin-tracker-torrent");
    await mira.go(`/admin/tracker/torrents/${"ab".repeat(20)}`);
    await mira.see(mira.text("Not registered").first());
    await tikhon.meaning(403, () => tikhon.go("/admin/tracker"));
  });

  await step("the page follows by itself, where there is script", async () => {
    if (!mode.script) return;
    await mira.go(`/admin/tracker/torrents/${"cd".repeat(20)}`);
    await mira.see(mira.text("None is remembered."));
    await refused(skep.announce, "cd".repeat(20));
    await mira.page.getByText("without an account").waitFor({ timeout: 20_000 });
  });
}

// moderation

async function moderate(site) {
  const { step, mira, ola, topics, skep } = site;

  await step("a moderator freezes a torrent and says why, and the tracker tells", async () => {
    await mira.go(`/topics/${topics.both}`);
    await mira.look("topic-moderator");
    await mira.choose("State of the torrent", "× Closed");
    await mira.fill({ Reason: "a fake" }, "Save");
    await mira.see(mira.text("a fake").first());
    const told = async () => announce(skep.announce, site.both.hash, "any1", { port: 7009 }).then(() => "", (error) => error.message);
    for (let n = 0; n < 50 && !(await told()).includes("a fake"); n += 1) await mira.page.waitForTimeout(100);
    assert.match(await told(), /frozen.*closed.*a fake/);
    await ola.go(`/topics/${topics.both}`);
    assert.equal(await ola.button("Save").count(), 0);
    await mira.choose("State of the torrent", "* Not checked yet");
    await mira.fill({ Reason: "" }, "Save");
  });
}

// 5 again: replies

async function discuss(site) {
  const { step, tikhon, ola, topics, mode } = site;

  await step("a quick reply, with a preview", async () => {
    await ola.go(`/topics/${topics.image}`);
    await ola.page.getByRole("textbox", { name: "Your reply" }).fill("Thanks! [b]Seeding[/b] <script>alert(1)</script> [quote]unclosed");
    await preview(ola);
    await ola.see(ola.page.locator(".prose b, .prose strong", { hasText: "Seeding" }));
    if (!mode.script) assert.match(await ola.page.getByRole("textbox", { name: /Text|Your reply/ }).inputValue(), /^Thanks!/);
    await ola.look("reply-preview");
    await ola.press("Post reply");
    await ola.see(ola.page.locator("article", { hasText: "Thanks!" }).getByText("<script>alert(1)</script>"));
    assert.match(ola.page.url(), new RegExp(`/topics/${topics.image}.*#post-\\d+`));
  });

  await step("quote and answer", async () => {
    await tikhon.go(`/topics/${topics.image}`);
    const quote = tikhon.page.locator("article", { hasText: "Thanks!" }).getByRole("link", { name: "Quote" });
    if (mode.script) await quote.click();
    else await tikhon.press(quote);
    const text = tikhon.page.getByRole("textbox", { name: /Text|Your reply/ });
    await tikhon.see(text);
    if (mode.script) await tikhon.page.waitForFunction(() => document.querySelector("#reply textarea")?.value.includes("[quote"));
    else await tikhon.look("reply");
    const quoted = await text.inputValue();
    assert.match(quoted, /^\[quote="?Ola/);
    await text.fill(`${quoted}\nYou are welcome.`);
    await tikhon.press("Post reply");
    await tikhon.see("You are welcome.");
    await tikhon.see(tikhon.page.locator("blockquote", { hasText: "Seeding" }));
    await tikhon.look("topic-discussed");
  });

  await step("edit one's own post, and only one's own", async () => {
    const article = tikhon.page.locator("article", { hasText: "You are welcome." });
    await tikhon.press(article.getByRole("link", { name: "Edit" }));
    const text = tikhon.field("Text", { exact: true });
    await text.fill((await text.inputValue()).replace("welcome", "very welcome"));
    await tikhon.look("edit");
    await tikhon.press("Save");
    await tikhon.see("You are very welcome.");
    await tikhon.see(tikhon.page.locator("article", { hasText: "You are very welcome." }).getByText(/Edited/));
    await ola.go(`/topics/${topics.image}`);
    const theirs = ola.page.locator("article", { hasText: "You are very welcome." });
    await ola.see(theirs);
    assert.equal(await theirs.getByRole("link", { name: "Edit" }).count(), 0);
    const post = (await theirs.getAttribute("id")).replace("post-", "");
    await ola.meaning(403, () => ola.go(`/posting/edit?post=${post}`));
  });

  await step("the forum list counts the replies", async () => {
    await ola.go(`/forums/${site.forums.Linux}`);
    const row = ola.page.getByRole("row", { name: /Debian 12/ });
    if (mode.viewport.width > 600) assert.match(await words(row), / 2 /);
    await ola.see(row);
  });
}

// 2 and the rule above all: nothing hidden is shown

async function hide(site) {
  const { step, mira, tikhon, ola, forums, topics } = site;

  await step("a hidden forum and its topics are invisible to everybody else", async () => {
    await mira.go(`/posting/new?forum=${forums["Back office"]}`);
    await analyse(mira, v1("secret.bin", 20_000).data, "It can be posted.");
    await mira.fill({ Title: "Secret plans", Text: "Only for staff: [b]honey[/b]." });
    await mira.press("Post topic");
    await mira.see(mira.heading("Secret plans"));
    topics.secret = /\/topics\/(\d+)/.exec(mira.page.url())[1];
    const post = (await mira.page.locator("article").first().getAttribute("id")).replace("post-", "");
    const profile = await mira.page.locator("article").first().getByRole("link", { name: "Mira" }).getAttribute("href");
    const guest = await site.arrive("Stranger");
    for (const person of [guest, ola, tikhon]) {
      for (const place of ["/", "/torrents", "/torrents?q=secret", "/members", profile]) {
        await person.go(place);
        const html = await person.page.content();
        for (const word of ["Secret plans", "Back office", "Staff room", "secret.bin"]) {
          assert.ok(!html.includes(word), `${person.name} finds “${word}” at ${place}`);
        }
      }
      for (const place of [`/forums/${forums["Back office"]}`, `/topics/${topics.secret}`, `/dl/${topics.secret}`, `/dl/${topics.secret}/files`]) {
        const answer = await person.meaning(404, () => person.go(place));
        assert.equal(answer.status(), 404, `${person.name} at ${place}`);
        assert.ok(!(await person.page.content()).includes("Secret"), `${person.name} at ${place}`);
      }
    }
    for (const place of [`/posting/reply?topic=${topics.secret}`, `/posting/quote?post=${post}`, `/posting/edit?post=${post}`, `/posting/new?forum=${forums["Back office"]}`]) {
      const answer = await ola.meaning(404, () => ola.go(place));
      assert.equal(answer.status(), 404, `Ola at ${place}`);
    }
    await ola.look("not-found");
    await mira.go("/torrents");
    await mira.see(mira.link("Secret plans"));
  });
}

// 3 again: looking after an account

async function account(site) {
  const { step, ola, topics } = site;

  await step("sessions are listed and can be ended", async () => {
    const phone = await site.arrive("Ola");
    await phone.logIn(PASSWORD);
    await ola.go("/settings/security");
    await ola.see("Where you are logged in");
    assert.equal(await ola.button("End", { exact: true }).count(), 1, "the other session is listed");
    await ola.look("settings-security");
    await ola.press("End");
    await ola.see("Ended.");
    await phone.go("/settings");
    assert.match(phone.page.url(), /\/login/, "the ended session is logged out");
  });

  await step("changing the password", async () => {
    await ola.go("/settings/security");
    await ola.meaning(422, async () => {
      await ola.fill({ "Present password": "wrong wrong wrong", "New password": "eight large yellow bees" }, "Change password");
      await ola.see("This is not your present password.");
    });
    await ola.fill({ "Present password": PASSWORD, "New password": "eight large yellow bees" }, "Change password");
    await ola.see("The password is changed.");
    await ola.logOut();
    await ola.meaning(422, async () => {
      await ola.go("/login");
      await ola.fill({ "Name or e-mail": "Ola", Password: PASSWORD }, "Log in");
      await ola.see("The name or the password is wrong.");
    });
    await ola.logIn("eight large yellow bees");
  });

  await step("resetting the passkey: the old one is refused at the next announce", async () => {
    const before = await ola.passkey();
    await ola.look("settings-passkey");
    const hash = forced(site.image).hash;
    const old = decode(await ola.fetch(`/dl/${topics.image}`)).announce.toString();
    await announce(old, hash, "ola", { port: 40002, event: "" });
    await ola.page.getByText("Reset passkey", { exact: true }).last().click();
    await ola.press("Yes, give me a new key");
    await ola.see("You have a new passkey.");
    const after = await ola.passkey();
    assert.notEqual(before, after);
    const until = Date.now() + 5_000;
    for (;;) {
      const refused = await announce(old, hash, "ola", { port: 40002, event: "" }).then(() => null, (error) => error.message);
      if (refused) { assert.match(refused, /passkey|key|download/i); break; }
      assert.ok(Date.now() < until, "the old passkey still works");
    }
    const fresh = decode(await ola.fetch(`/dl/${topics.image}`)).announce.toString();
    assert.ok(fresh.includes(after));
    await announce(fresh, hash, "ola", { port: 40002, event: "started" });
  });

  await step("settings, language and theme", async () => {
    await ola.go("/settings");
    await ola.look("settings");
    await ola.go("/settings/tokens");
    await ola.look("settings-tokens");
    await ola.go("/");
    await ola.press("Русский");
    assert.equal(await ola.page.locator("html").getAttribute("lang"), "ru");
    await ola.see(ola.page.getByRole("heading", { level: 1 }));
    await ola.press("English");
    await ola.press("Dark");
    assert.equal(await ola.page.locator("html").getAttribute("data-theme"), "dark");
    await ola.press("Auto");
  });
}

// the same without a mouse

async function keyboard(site) {
  const { step, topics } = site;

  await step("logging in and replying with the keyboard alone", async () => {
    const person = await site.arrive("Tikhon");
    await person.go(`/topics/${topics.image}`);
    await person.page.keyboard.press("Tab");
    assert.equal(await person.focused(), "Skip to content");
    await person.page.keyboard.press("Enter");
    await person.tabTo("Log in");
    await person.page.keyboard.press("Enter");
    await person.see(person.heading("Log in"));
    await person.tabTo("Name or e-mail");
    await person.page.keyboard.type("Tikhon");
    await person.tabTo("Password");
    await person.page.keyboard.type(PASSWORD);
    await person.page.keyboard.press("Enter");
    await person.see(person.heading("Debian 12 “Bookworm” <live>"), "logging in leads back to the topic");
    await person.tabTo("Your reply");
    await person.page.keyboard.type("Written without a mouse.");
    await person.tabTo("Post reply");
    await person.page.keyboard.press("Enter");
    await person.see(person.page.locator("article", { hasText: "Written without a mouse." }));
    await person.leave();
  });
}
