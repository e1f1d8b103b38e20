//! Colours and sizes as classes from a closed set, since the pages allow no inline style.

/// The classes that `[color]` becomes, all of which the stylesheet must know.
pub const COLOR_CLASSES: [&str; 22] = [
    "c-black",
    "c-gray",
    "c-silver",
    "c-red",
    "c-maroon",
    "c-brown",
    "c-orange",
    "c-gold",
    "c-yellow",
    "c-olive",
    "c-lime",
    "c-green",
    "c-teal",
    "c-cyan",
    "c-blue",
    "c-navy",
    "c-indigo",
    "c-purple",
    "c-violet",
    "c-magenta",
    "c-pink",
    "c-white",
];

/// The classes that `[size]` becomes, smallest first; the third is the size of plain text.
pub const SIZE_CLASSES: [&str; 7] = ["z-1", "z-2", "z-3", "z-4", "z-5", "z-6", "z-7"];

/// The class of a colour: a CSS name, `#rgb` or `#rrggbb`, taken to the nearest of the palette.
pub(super) fn color_class(value: &str) -> Option<&'static str> {
    let value = value.trim().to_ascii_lowercase();
    let named = COLOR_CLASSES.into_iter().find(|class| class[2..] == value);
    if named.is_some() {
        return named;
    }
    let color = match value.strip_prefix('#') {
        Some(digits) => hex(digits)?,
        None => NAMES.iter().find(|(name, _)| *name == value)?.1,
    };
    let nearest = (0..PALETTE.len()).min_by_key(|&index| distance(PALETTE[index], color))?;
    Some(COLOR_CLASSES[nearest])
}

/// The class of a size: 1 to 7 as HTML counted them, above that pixels or points up to 200.
pub(super) fn size_class(value: &str) -> Option<&'static str> {
    let value = value.trim().to_ascii_lowercase();
    let digits = value
        .strip_suffix("px")
        .or(value.strip_suffix("pt"))
        .unwrap_or(&value);
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let step = match digits.parse::<u32>().ok()? {
        0 | 201.. => return None,
        step @ 1..=7 => step as usize,
        8 => 1,
        9..=11 => 2,
        12..=14 => 3,
        15..=17 => 4,
        18..=21 => 5,
        22..=26 => 6,
        _ => 7,
    };
    Some(SIZE_CLASSES[step - 1])
}

fn hex(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        6 => u32::from_str_radix(digits, 16).ok(),
        3 => hex(&digits
            .chars()
            .flat_map(|digit| [digit, digit])
            .collect::<String>()),
        _ => None,
    }
}

/// How far apart two colours look, by a weighting of the channels that follows the eye's own.
fn distance(a: u32, b: u32) -> i64 {
    let channel = |color: u32, shift: u32| i64::from(color >> shift & 255);
    let (red, green, blue) = (
        channel(a, 16) - channel(b, 16),
        channel(a, 8) - channel(b, 8),
        channel(a, 0) - channel(b, 0),
    );
    let mean = (channel(a, 16) + channel(b, 16)) / 2;
    (512 + mean) * red * red / 256 + 4 * green * green + (767 - mean) * blue * blue / 256
}

/// The pure colour of each class, in the order of [`COLOR_CLASSES`].
const PALETTE: [u32; 22] = [
    0x000000, 0x808080, 0xc0c0c0, 0xe81010, 0x800000, 0x8b4513, 0xff8c00, 0xe0b000, 0xffff00,
    0x808000, 0x40ff00, 0x008000, 0x008080, 0x00d8ff, 0x1010ff, 0x000080, 0x4b0082, 0x800080,
    0xb060ff, 0xff00ff, 0xff80b8, 0xffffff,
];

/// Other CSS names that posts use.
const NAMES: &[(&str, u32)] = &[
    ("aqua", 0x00ffff),
    ("blueviolet", 0x8a2be2),
    ("chocolate", 0xd2691e),
    ("coral", 0xff7f50),
    ("crimson", 0xdc143c),
    ("darkblue", 0x00008b),
    ("darkcyan", 0x008b8b),
    ("darkgray", 0xa9a9a9),
    ("darkgreen", 0x006400),
    ("darkgrey", 0xa9a9a9),
    ("darkmagenta", 0x8b008b),
    ("darkorange", 0xff8c00),
    ("darkred", 0x8b0000),
    ("darkviolet", 0x9400d3),
    ("deeppink", 0xff1493),
    ("deepskyblue", 0x00bfff),
    ("dimgray", 0x696969),
    ("dodgerblue", 0x1e90ff),
    ("firebrick", 0xb22222),
    ("forestgreen", 0x228b22),
    ("fuchsia", 0xff00ff),
    ("grey", 0x808080),
    ("hotpink", 0xff69b4),
    ("lightblue", 0xadd8e6),
    ("lightgreen", 0x90ee90),
    ("limegreen", 0x32cd32),
    ("midnightblue", 0x191970),
    ("orangered", 0xff4500),
    ("orchid", 0xda70d6),
    ("royalblue", 0x4169e1),
    ("seagreen", 0x2e8b57),
    ("sienna", 0xa0522d),
    ("skyblue", 0x87ceeb),
    ("slategray", 0x708090),
    ("steelblue", 0x4682b4),
    ("tomato", 0xff6347),
    ("turquoise", 0x40e0d0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_of_the_palette_are_their_own_nearest() {
        for (class, color) in COLOR_CLASSES.into_iter().zip(PALETTE) {
            assert_eq!(color_class(&format!("#{color:06X}")), Some(class));
            assert_eq!(color_class(&class[2..]), Some(class));
        }
    }

    #[test]
    fn other_colours_go_to_their_neighbour() {
        for (value, class) in [
            (" Navy ", "c-navy"),
            ("#00f", "c-blue"),
            ("#F00", "c-red"),
            ("darkred", "c-maroon"),
            ("crimson", "c-red"),
            ("darkgreen", "c-green"),
            ("fuchsia", "c-magenta"),
            ("aqua", "c-cyan"),
            ("grey", "c-gray"),
            ("#eee", "c-white"),
            ("#111", "c-black"),
            ("lightblue", "c-silver"),
        ] {
            assert_eq!(color_class(value), Some(class), "{value}");
        }
    }

    #[test]
    fn what_is_no_colour_or_size_has_no_class() {
        for bad in [
            "",
            "#",
            "#12",
            "#12345",
            "#1234567",
            "#ggg",
            "#+12",
            "rgb(1,2,3)",
            "red;x:y",
            "url(x)",
        ] {
            assert_eq!(color_class(bad), None, "{bad}");
        }
        for bad in ["", "0", "-1", "+4", "201", "1000", "4em", "px", "1.5", "٣"] {
            assert_eq!(size_class(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_grow() {
        let classes: Vec<_> = (8..=200)
            .filter_map(|n: u32| size_class(&n.to_string()))
            .collect();
        assert_eq!(classes.len(), 193);
        assert!(classes.is_sorted());
        assert_eq!(
            (size_class("1"), size_class("7")),
            (Some("z-1"), Some("z-7"))
        );
        assert_eq!(
            (size_class("14px"), size_class("24PT")),
            (Some("z-3"), Some("z-6"))
        );
    }
}
