/** What harmless texts are made of. */
import type { Random } from '../random.ts';

type Words = readonly [string, ...string[]];

const split = (text: string): Words => {
  const [first = '', ...rest] = text.split(' ');
  return [first, ...rest];
};

/** None that is a word of SQL or a command of shells: random sentences of those look like attacks now and then. */
export const ENGLISH = split(
  'the garden was quiet our neighbours had already left for their long summer holiday near lake water ' +
    'stays warm late autumn often talk about weather because every season brings another colour ' +
    'valley children enjoy simple games grandparents tell stories about winters snow covered whole village ' +
    'teacher explained careful reading needs patience coffee also helps morning train leaves early so bring ' +
    'warm clothes some bread fruit maybe chocolate our small bakery sells fresh rolls honey customers friendly ' +
    'service fair prices quick delivery broken parcels were within three days nobody complained thanks again ' +
    'wonderful present arrived yesterday colours look brighter than expected leather feels soft stitching seems strong',
);

export const GERMAN = split(
  'der Garten war still und unsere Nachbarn fuhren früh über die Brücke größere Äpfel wachsen südlich vom Fluß während ' +
    'Kinder fröhlich spielen schöne Grüße aus München für Bücher Tür Straße Maß Öl Übung köstlich Frühstück Käse Brötchen ' +
    'gemütlich Schlüssel grün weiß heißt müde Löffel Küche Mädchen zwölf fünf Jäger Wälder Höhe tägliche Wünsche',
);

export const JAPANESE = split(
  '今日は 天気が とても 良いです 東京の 桜が 咲きました 新しい 商品を 注文 しました 配送は 明日の 予定です ありがとう ございます 家族と 一緒に 京都へ ' +
    '旅行に 行きました 美味しい ラーメンを 食べました 電車が 遅れて います 駅前の 本屋で 小説を 買いました 静かな 庭で お茶を 飲みます 子供たちは 元気に 遊んで います',
);

export const FIRST_NAMES = split(
  'Anna Bruno Clara David Emma Felix Greta Henry Ida Jonas Karla Leon Mia Noah Olga Paul Rosa Simon Tessa Victor',
);
export const LAST_NAMES = split(
  'Berger Carter Dorn Ehlers Fischer Garcia Hughes Ivanov Jansen Keller Lindt Moreau Novak Olsen Palmer Reuter',
);
export const CITIES = split(
  'Berlin Boston Dresden Geneva Hamburg Kyoto Lisbon London Madrid Milan Oslo Paris Prague Quebec Vienna Zagreb',
);
export const PRODUCTS = split(
  'garden-hose rain-jacket tea-pot desk-lamp running-shoes backpack notebook water-bottle wool-blanket camera-strap',
);
export const CATEGORIES = split('garden kitchen outdoor office sports travel books music toys photo');

/** Sentences of about so many bytes (of UTF-8), at least one word. */
export function prose(random: Random, words: Words, bytes: number): string {
  const sentences: string[] = [];
  for (let size = 0; size + 1 < bytes; ) {
    const made = sentence(random, words, bytes - size);
    sentences.push(made);
    size += Buffer.byteLength(made) + 2;
  }
  return `${sentences.join('. ')}.`;
}

/** @param room ends once it has so many characters */
function sentence(random: Random, words: Words, room: number): string {
  let text: string = random.pick(words);
  for (let count = random.between(5, 13); count > 0 && text.length < room; count--) {
    text += `${random.below(9) === 0 ? ', ' : ' '}${random.pick(words)}`;
  }
  return random.below(12) === 0 ? `${text}, ${random.between(2, 9000)} ${random.pick(words)}` : text;
}

/** As a browser encodes a field of a form. */
export const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%20/g, '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

export const email = (random: Random): string =>
  `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}${random.between(1, 99_999)}@mail.example`.toLowerCase();
