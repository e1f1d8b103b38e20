//! Plausible words: names of people, titles of releases, sentences.

use crate::dice::Dice;

/// A user name from a first part, a second part and now and then a number.
pub fn user_name(dice: &mut Dice) -> String {
    let (first, second) = (dice.pick(FIRST), dice.pick(SECOND));
    match dice.below(4) {
        0 => format!("{first}{second}"),
        1 => format!("{first}_{second}"),
        2 => format!("{first}.{second}{}", dice.below(1000)),
        _ => format!("{first} {second} {}", dice.below(100)),
    }
}

/// The title of a release.
pub fn release(dice: &mut Dice) -> String {
    let name = format!("{} {}", dice.pick(ADJECTIVES), dice.pick(THINGS));
    match dice.below(4) {
        0 => format!(
            "{name} ({}) [{}, {}]",
            1950 + dice.below(77),
            dice.pick(QUALITIES),
            dice.pick(LANGUAGES)
        ),
        1 => format!(
            "{name} / {} {} - {}.{}.{}",
            dice.pick(ADJECTIVES),
            dice.pick(THINGS),
            dice.below(20),
            dice.below(10),
            dice.below(100)
        ),
        2 => format!(
            "{} {} – {name} [{}]",
            dice.pick(FIRST),
            dice.pick(SECOND),
            dice.pick(QUALITIES)
        ),
        _ => format!(
            "{name} S{:02}E{:02} {}",
            1 + dice.below(12),
            1 + dice.below(24),
            dice.pick(QUALITIES)
        ),
    }
}

/// The title of a talk.
pub fn question(dice: &mut Dice) -> String {
    format!(
        "{} {} {}?",
        dice.pick(QUESTIONS),
        dice.pick(ADJECTIVES),
        dice.pick(THINGS)
    )
}

/// A paragraph of `sentences` sentences.
pub fn paragraph(dice: &mut Dice, sentences: u64) -> String {
    let mut text = String::new();
    for sentence in 0..sentences {
        if sentence > 0 {
            text.push(' ');
        }
        let words = 5 + dice.below(10);
        for word in 0..words {
            let next = dice.pick(SENTENCE);
            if word == 0 {
                let mut letters = next.chars();
                text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                text.push_str(letters.as_str());
            } else {
                text.push(' ');
                text.push_str(next);
            }
        }
        text.push('.');
    }
    text
}

const FIRST: &[&str] = &[
    "Anna",
    "Boris",
    "Chloe",
    "Dmitri",
    "Elena",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Katya",
    "Leo",
    "Marta",
    "Nils",
    "Olga",
    "Pavel",
    "Quinn",
    "Rosa",
    "Sasha",
    "Tomas",
    "Ursula",
    "Viktor",
    "Wanda",
    "Yuri",
    "Zoe",
    "Аня",
    "Борис",
    "Вера",
    "Глеб",
    "Даша",
    "Женя",
    "Илья",
    "Лена",
    "Миша",
    "Настя",
    "Оля",
    "Петя",
    "Рита",
    "Света",
    "Юля",
];

const SECOND: &[&str] = &[
    "archer", "baker", "carver", "diver", "fisher", "gardener", "hunter", "keeper", "lister",
    "miller", "porter", "ranger", "sailor", "tanner", "weaver", "wright", "fox", "heron", "lynx",
    "marten", "otter", "raven", "stork", "wolf", "birch", "cedar", "elm", "hazel", "linden",
    "maple", "oak", "pine", "rowan", "willow",
];

const ADJECTIVES: &[&str] = &[
    "Silent",
    "Golden",
    "Broken",
    "Distant",
    "Electric",
    "Forgotten",
    "Hidden",
    "Infinite",
    "Last",
    "Midnight",
    "Northern",
    "Open",
    "Paper",
    "Quiet",
    "Red",
    "Second",
    "Summer",
    "Third",
    "Velvet",
    "White",
    "Тихий",
    "Старый",
    "Новый",
    "Дальний",
    "Северный",
    "Красный",
];

const THINGS: &[&str] = &[
    "Archive",
    "Bridge",
    "City",
    "Dawn",
    "Empire",
    "Forest",
    "Garden",
    "Harbour",
    "Island",
    "Journey",
    "Kernel",
    "Library",
    "Mountain",
    "Night",
    "Ocean",
    "Planet",
    "River",
    "Station",
    "Theatre",
    "Valley",
    "Winter",
    "Wood",
    "Берег",
    "Город",
    "Дом",
    "Лес",
    "Мост",
    "Остров",
    "Поезд",
    "Сад",
];

const QUALITIES: &[&str] = &[
    "WEB-DL 1080p",
    "BDRip 720p",
    "HDTV",
    "DVD9",
    "FLAC 24-96",
    "MP3 320",
    "PDF",
    "EPUB",
    "ISO",
    "2160p HDR",
    "Lossless",
    "x86_64",
];

const LANGUAGES: &[&str] = &["EN", "RU", "FR", "ES", "UK", "BE", "Multi"];

const QUESTIONS: &[&str] = &[
    "Has anybody seen",
    "Who remembers",
    "What to do about",
    "Where is",
    "How to seed",
    "Что делать с",
    "Кто помнит",
];

const SENTENCE: &[&str] = &[
    "a",
    "again",
    "all",
    "and",
    "another",
    "archive",
    "better",
    "both",
    "can",
    "client",
    "complete",
    "copy",
    "could",
    "download",
    "every",
    "file",
    "find",
    "for",
    "from",
    "good",
    "have",
    "here",
    "just",
    "keep",
    "language",
    "little",
    "long",
    "many",
    "may",
    "more",
    "much",
    "need",
    "never",
    "new",
    "nobody",
    "of",
    "old",
    "on",
    "only",
    "other",
    "part",
    "peers",
    "please",
    "quality",
    "release",
    "seed",
    "seeders",
    "some",
    "sound",
    "speed",
    "still",
    "thanks",
    "that",
    "the",
    "there",
    "this",
    "through",
    "to",
    "track",
    "under",
    "version",
    "wait",
    "week",
    "well",
    "what",
    "when",
    "with",
    "work",
    "year",
    "you",
    "всё",
    "где",
    "ещё",
    "качество",
    "на",
    "очень",
    "раздача",
    "скорость",
    "спасибо",
    "тоже",
    "файл",
    "хорошо",
];
