/* The search of a static site: the words, weights and operators of `daybrief search`, over shards that are
fetched as they are needed. Everything shown is set as text, never as markup. */
"use strict";
const Brief = (() => {
  const TITLE = 0.3, WHOLE = 1, BEGINS = 0.5, SIDE = 2, ENDING = 0.2, MEANT = 0.5, K1 = 1.2, B = 0.75;
  const SHORT = 6, LONG = 12, TERMS = 32, PHRASE = 24, LONGEST = 40, LETTERS = 24;
  const CJK = "\\u1100-\\u11ff\\u3040-\\u30ff\\u3130-\\u318f\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3";
  const WORD = /[\p{L}\p{N}\u0300-\u036f\u3099\u309a]+/gu;
  const PIECE = new RegExp(`([${CJK}\\u3099\\u309a]+)|[^${CJK}]+`, "gu");
  const PARTICLE = /(?<=..)(?:으로는|에서는|으로|에서|에게|까지|부터|보다|처럼|하는|하다|한다|되는|된다|들의|들을|들이|[을를이가은는의에로와과도만한된])$/u;
  const PART = /(-?)(?:(source|category|kind|from|to):)?(?:"([^"]*)(?:"|$)|([^\s"]+))/giu;
  const stemmer = new EnglishStemmer();
  const stem = word => word === "skis" ? "ski" : stemmer.stemWord(word);  // Snowball 3.1 knows this word, 3.0 does not

  // ── tokens, as daybrief.text.words makes them ──
  const fold = text => text.normalize("NFKC").toLowerCase().replace(/ß/g, "ss").replace(/ς/g, "σ")
    .normalize("NFD").replace(/[\u0300-\u036f]+/g, "").normalize("NFKC");
  const cut = (text, most) => [...text].slice(0, most).join("");
  const runsOf = text => {  // each run: {tokens, paired, letters}
    const runs = [];
    for (const [word] of text.matchAll(WORD))
      for (const [piece, pairs] of fold(word).matchAll(PIECE)) {
        const letters = [...piece];
        if (pairs === undefined) runs.push({ tokens: [stem(cut(piece, LONGEST))], paired: false, letters: piece });
        else runs.push({ paired: true, letters: piece, tokens: letters.length < 2 ? letters : letters.slice(1).map((b, i) => letters[i] + b) });
      }
    return runs;
  };
  const name = text => (fold(text).match(WORD) || []).join("");

  // ── the index ──
  let root = "search/", meta = null, stop = new Set();
  const loaded = new Map();
  const load = path => {
    if (!loaded.has(path)) loaded.set(path, fetch(root + path).then(answer => {
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }).catch(error => { loaded.delete(path); throw error; }));
    return loaded.get(path);
  };
  const open = async folder => {
    if (folder) root = folder;
    meta = await load("index.json");
    stop = new Set(meta.stop);
    return meta;
  };
  const paired = token => new RegExp(`^[${CJK}]`, "u").test(token);
  const shardOf = token => {
    let hash = 0x811c9dc5;
    for (const letter of paired(token) ? [...token].slice(0, 1) : [...token]) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
    return hash % meta.shards;
  };
  const postings = new Map();  // token → Map(document → {places, begins})
  const unpack = flat => {
    const found = new Map();
    for (let at = 0, doc = 0; at < flat.length;) {
      doc += flat[at++];
      const code = flat[at++], places = [];
      for (let n = code >> 1, place = 0; n--;) places.push(place += flat[at++]);
      found.set(doc, { places, begins: code & 1 });
    }
    return found;
  };
  const need = tokens => Promise.all([...new Set(tokens)].filter(t => !postings.has(t)).map(async token => {
    const shard = await load(`words/${shardOf(token)}.json`);
    postings.set(token, Object.hasOwn(shard, token) ? unpack(shard[token]) : new Map());
  }));
  const get = token => postings.get(token) || new Map();

  // ── scores (BM25) ──
  const rarity = count => Math.log1p((meta.count - count + 0.5) / (count + 0.5));
  const weigh = (times, length, average) => times * (K1 + 1) / (times + K1 * (1 - B + B * length / average));
  const add = (into, doc, score) => into.set(doc, (into.get(doc) || 0) + score);
  const inTitle = (doc, places) => places.filter(place => place < meta.titles[doc]).length;
  const either = (token, weight, into) => {
    const found = get(token), rare = rarity(found.size);
    let titled = 0;
    for (const [doc, { places }] of found) titled += inTitle(doc, places) > 0;
    for (const [doc, { places }] of found) {
      const n = inTitle(doc, places);
      add(into, doc, weight * rare * weigh(places.length, meta.lengths[doc], meta.length)
        + (n ? TITLE * weight * rarity(titled) * weigh(n, meta.titles[doc], meta.title) : 0));
    }
  };
  const sequence = (tokens, gaps) => {  // document → how often the tokens stand one after the other
    const lists = tokens.map(get), found = new Map();
    const first = lists.reduce((best, list) => list.size < best.size ? list : best, lists[0]);
    for (const doc of first.keys()) {
      if (!lists.every(list => list.has(doc))) continue;
      const sets = lists.map(list => new Set(list.get(doc).places));
      let times = 0;
      for (const place of sets[0]) times += sets.every((set, n) => set.has(place + (gaps ? gaps[n] - gaps[0] : n)));
      if (times) found.set(doc, times);
    }
    return found;
  };
  const whole = (tokens, weight, into) => {
    const rare = tokens.reduce((sum, token) => sum + rarity(get(token).size), 0);
    for (const [doc, times] of sequence(tokens)) add(into, doc, weight * rare * weigh(times, meta.lengths[doc], meta.length));
  };
  const begins = (token, weight, into) => {
    const starts = [...get(token)].filter(([, entry]) => entry.begins).map(([doc]) => doc);
    for (const doc of starts) add(into, doc, weight * rarity(starts.length) * weigh(1, meta.lengths[doc], meta.length));
  };
  const scoreWord = (word, into) => {
    const { tokens, times, carrying } = word;
    if (word.paired && tokens[0].length > 1) begins(tokens[0], BEGINS * times, into);
    if (tokens.length === 1) return word.spelled.forEach(token => either(token, times, into));
    const kept = tokens.slice(0, Math.min(carrying, PHRASE)), sum = new Map();
    kept.forEach(token => either(token, times, sum));
    for (const [doc, score] of sum)
      if (kept.filter(token => get(token).has(doc)).length >= Math.ceil(kept.length / 2)) add(into, doc, score);
    if (kept.length > 1) whole(kept, WHOLE * times, into);
    if (kept.length <= LONG) for (let gap = 1; gap < kept.length - 1; gap++) whole(kept.filter((_, n) => n !== gap), WHOLE * times, into);
    tokens.slice(carrying, PHRASE).forEach(token => {
      const rare = rarity(get(token).size);
      for (const [doc, { places }] of get(token)) add(into, doc, ENDING * times * rare * weigh(places.length, meta.lengths[doc], meta.length));
    });
  };
  const bridge = (one, other) => {
    const right = other.tokens.slice(0, other.carrying), last = one.tokens.at(-1);
    return [[...one.tokens, ...right], ...(last.length === 2 ? [[...one.tokens, last[1] + right[0][0], ...right]] : [])];
  };

  // ── what was asked, as daybrief.text.query reads it ──
  const day = (said, last) => {
    const found = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(said);
    if (!found) return null;
    const [y, m, d] = [1, 2, 3].map(n => found[n] ? Number(found[n]) : 0), pad = n => String(n).padStart(2, "0");
    const month = found[2] ? m : last ? 12 : 1;
    if (y < 1 || month < 1 || month > 12) return null;
    const end = new Date(Date.UTC(y, month, 0)).getUTCDate(), number = found[3] ? d : last ? end : 1;
    return number < 1 || number > end ? null : `${found[1]}-${pad(month)}-${pad(number)}`;
  };
  const KINDS = { paper: "paper", papers: "paper", news: "news" };
  const parse = text => {
    const asked = { words: [], phrases: [], without: [], only: { source: [], category: [], kind: [] }, never: { source: [], category: [], kind: [] }, from: "", to: "" };
    for (const [all, no, operator, phrase, bare] of cut(text, 4000).replace(/[“”„‟«»＂]/g, '"').matchAll(PART)) {
      const key = (operator || "").toLowerCase(), value = (phrase ?? bare ?? "").split(/\s+/).filter(Boolean).join(" ");
      const filters = no ? asked.never : asked.only, limit = !no && (key === "from" || key === "to") ? day(value, key === "to") : null;
      if (limit) asked[key] = limit;
      else if (key === "kind" && Object.hasOwn(KINDS, value.toLowerCase())) filters.kind.push(KINDS[value.toLowerCase()]);
      else if ((key === "source" || key === "category") && name(value)) filters[key].push(name(value));
      else if (/[\p{L}\p{N}]/u.test(value) || key) {
        const said = key ? `${operator} ${value}` : value;
        if (no) asked.without.push(said); else if (phrase !== undefined) asked.phrases.push(said); else asked.words.push(all);
      }
    }
    return asked;
  };
  const wordsOf = said => {
    const found = new Map();
    for (const run of said.flatMap(runsOf)) {
      if (stop.has(run.tokens[0])) continue;
      const key = run.tokens.join(" "), ending = run.paired ? PARTICLE.exec(run.letters) : null;
      const core = ending ? [...run.letters.slice(0, ending.index)].length : [...run.letters].length;
      const carrying = run.paired ? Math.min(run.tokens.length, Math.max(1, core - 1)) : run.tokens.length;
      if (found.has(key)) found.get(key).times++; else found.set(key, { tokens: run.tokens, paired: run.paired, times: 1, carrying, spelled: run.tokens });
    }
    return [...found.values()];
  };
  const placed = said => runsOf(said).flatMap(run => run.tokens).map((token, place) => [place, token]).filter(([, token]) => !stop.has(token)).slice(0, PHRASE);
  const holding = pairs => sequence(pairs.map(([, token]) => token), pairs.map(([place]) => place));

  // ── the search ──
  const allowed = (asked, without) => doc => {
    const when = meta.days[meta.day[doc]], named = { source: meta.source[doc].map(n => name(meta.sources[n])), category: meta.categories[meta.category[doc]].names, kind: [meta.kind[doc] ? "news" : "paper"] };
    if ((asked.from && when < asked.from) || (asked.to && when > asked.to) || without.some(found => found.has(doc))) return false;
    return Object.keys(named).every(field => (!asked.only[field].length || named[field].some(n => asked.only[field].includes(n)))
      && !named[field].some(n => asked.never[field].includes(n)));
  };
  const once = seen => doc => !seen.has(meta.group[doc]) && seen.add(meta.group[doc]);
  const letters = async words => {  // one letter alone stands for every pair that begins with it
    for (const word of words) if (word.paired && [...word.tokens[0]].length === 1) {
      const shard = await load(`words/${shardOf(word.tokens[0])}.json`);
      word.spelled = [word.tokens[0], ...Object.keys(shard).filter(token => token.startsWith(word.tokens[0])).sort().slice(0, LETTERS)];
    }
  };
  const best = words => {
    let room = TERMS;
    const says = [...words].sort((a, b) => b.times * rarity(get(b.tokens[0]).size) - a.times * rarity(get(a.tokens[0]).size));
    return says.filter((word, n) => (room -= word.tokens.length) >= 0 || n === 0);
  };
  const segmented = (run, terms) => {  // the listed terms of a run of Hangul, longest first from the left
    const found = [], letters = [...run];
    for (let at = 0; at < letters.length;) {
      let size = Math.min(16, letters.length - at);
      const listed = () => Object.hasOwn(terms, letters.slice(at, at + size).join("")) && (size > 1 || (at === 0 && letters.length <= 2));
      while (size && !listed()) size--;
      if (size) found.push(letters.slice(at, at + size).join(""));
      at += size || 1;
    }
    return found;
  };
  const meanings = async (said, words) => {  // the English stems that Korean words may stand for: [stem, weight]
    const runs = said.flatMap(one => fold(one).match(/[가-힣]+/gu) || []);
    if (words.length > SHORT || !runs.length) return [];
    const terms = await load("terms.json"), found = new Map(), typed = new Set(words.flatMap(word => word.tokens));
    for (const term of runs.flatMap(run => segmented(run, terms)))
      for (const token of terms[term]) if (!typed.has(token) && !found.has(token)) found.set(token, MEANT / Math.sqrt(terms[term].length));
    return [...found];
  };
  const ranked = async text => {
    const asked = parse(text), words = wordsOf(asked.words).slice(0, 64), meant = await meanings(asked.words, words);
    const phrases = asked.phrases.slice(0, 8).map(placed).filter(pairs => pairs.length), not = asked.without.slice(0, 16).map(placed).filter(pairs => pairs.length);
    await letters(words);
    const near = words.length <= SHORT ? words.slice(1).flatMap((word, n) => word.paired && words[n].paired ? bridge(words[n], word) : []) : [];
    await need([...words.flatMap(word => [...word.tokens, ...word.spelled]), ...meant.map(([token]) => token), ...near.flat(), ...[...phrases, ...not].flat().map(([, token]) => token)]);
    const scores = new Map(), without = not.map(holding);
    best(words).forEach(word => scoreWord(word, scores));
    near.forEach(tokens => whole(tokens.slice(0, PHRASE), SIDE, scores));
    meant.forEach(([token, weight]) => either(token, weight, scores));
    let docs = words.length ? [...scores.keys()] : phrases.length ? [...holding(phrases[0]).keys()] : [...Array(meta.count).keys()];
    for (const pairs of phrases) {
      const found = holding(pairs), rare = pairs.reduce((sum, [, token]) => sum + rarity(get(token).size), 0);
      docs = docs.filter(doc => found.has(doc));
      docs.forEach(doc => add(scores, doc, rare * weigh(found.get(doc), meta.lengths[doc], meta.length)));
    }
    const any = text.trim() && (words.length || phrases.length || asked.from || asked.to || not.length
      || [asked.only, asked.never].some(f => f.source.length + f.category.length + f.kind.length));
    const order = (any ? docs : []).filter(allowed(asked, without)).sort((a, b) => (scores.get(b) || 0) - (scores.get(a) || 0) || meta.day[b] - meta.day[a] || a - b)
      .filter(once(new Set()));  // a story told on several days is one hit
    return { order, wanted: new Set([...words.flatMap(w => w.tokens.slice(0, w.carrying)), ...meant.map(([token]) => token), ...phrases.flat().map(([, token]) => token)]) };
  };
  const story = async doc => (await load(`stories/${Math.floor(doc / meta.block)}.json`))[doc % meta.block];
  return { open, ranked, story, runsOf, meta: () => meta };
})();

if (typeof document !== "undefined" && document.getElementById("found")) (() => {
  const list = document.getElementById("found"), told = document.getElementById("told"), box = document.getElementById("q"), more = document.getElementById("more");
  const say = list.dataset, STEP = 20;
  const node = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const marked = (text, wanted) => {  // the words that hold a token looked for stand in <mark>
    const made = node("bdi");
    for (const part of text.split(/([\p{L}\p{N}\u0300-\u036f]+)/u))
      made.append(part && Brief.runsOf(part).some(run => run.tokens.some(t => wanted.has(t))) ? node("mark", part) : part);
    return made;
  };
  const shown = (story, doc, wanted) => {
    const meta = Brief.meta(), item = node("li"), link = node("a", "", "title"), about = node("div", "", "meta");
    link.href = `${meta.days[meta.day[doc]]}/${meta.kind[doc] ? "news" : "papers"}.html#${story.at}`;
    link.append(marked(story.title, wanted));
    const category = meta.categories[meta.category[doc]], shelf = node("a", `${category.emoji} ${category.label}`);
    shelf.href = `category/${category.id}.html`;
    about.append(node("time", meta.days[meta.day[doc]]), " · ", shelf, ` · ${meta.source[doc].map(n => meta.names[n]).join(", ")}`);
    item.append(link, about);
    const score = text => Brief.runsOf(text).filter(run => run.tokens.some(t => wanted.has(t))).length;
    const excerpt = story.texts.map(text => [score(text), text]).sort((a, b) => b[0] - a[0])[0];
    if (excerpt) { const p = node("p", "", "tldr"); p.append(marked(excerpt[1], wanted)); item.append(p); }
    return item;
  };
  let turn = 0;
  const find = async () => {
    const mine = ++turn, asked = box.value;
    history.replaceState(null, "", asked.trim() ? `?q=${encodeURIComponent(asked)}` : location.pathname);
    try {
      await Brief.open();
      const { order, wanted } = await Brief.ranked(asked);
      if (mine !== turn) return;
      list.replaceChildren();
      const next = async () => {
        const from = list.children.length, part = order.slice(from, from + STEP);
        const stories = await Promise.all(part.map(Brief.story));
        if (mine !== turn) return;
        stories.forEach((story, n) => list.append(shown(story, part[n], wanted)));
        more.hidden = from + part.length >= order.length;
        if (from) list.children[from].querySelector("a").focus();
      };
      more.onclick = next;
      await next();  // told when all of it is there, not before
      if (mine === turn) told.textContent = !asked.trim() ? "" : order.length ? say.some.replace("%", order.length) : say.none;
    } catch { if (mine === turn) { told.textContent = say.failed; more.hidden = true; } }
  };
  let wait = 0;
  box.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(find, 150); });
  box.form.addEventListener("submit", event => { event.preventDefault(); clearTimeout(wait); find(); });
  box.value = new URLSearchParams(location.search).get("q") || "";
  if (box.value) find();
})();
