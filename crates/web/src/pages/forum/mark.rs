//! A torrent's state as a chip: a sign and a word, coloured besides.

use domain::TorrentState;

/// What the chip of a state looks like.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Its classes.
    pub class: &'static str,
    /// Its sign.
    pub sign: char,
    /// The key of its word.
    pub key: &'static str,
}

impl Mark {
    /// The chip that a torrent of this state wears. There is none while nobody has said anything about
    /// it: on a site without moderators every torrent would wear it.
    pub fn worn(state: &TorrentState) -> Option<Self> {
        (*state != TorrentState::NotApproved).then(|| Self::of(state))
    }

    /// The chip of a state.
    pub fn of(state: &TorrentState) -> Self {
        use TorrentState as S;
        let (class, key) = match state {
            S::NotApproved => ("chip", "state-not_approved"),
            S::Closed => ("chip bad", "state-closed"),
            S::Approved => ("chip ok", "state-approved"),
            S::NeedsEdit => ("chip gold", "state-needs_edit"),
            S::NoDescription => ("chip gold", "state-no_description"),
            S::Duplicate => ("chip bad", "state-duplicate"),
            S::TakenDown => ("chip bad", "state-taken_down"),
            S::Consumed => ("chip bad", "state-consumed"),
            S::Doubtful => ("chip gold", "state-doubtful"),
            S::Checking => ("chip", "state-checking"),
            S::Temporary => ("chip", "state-temporary"),
            S::Premoderation => ("chip", "state-premoderation"),
            S::Replenish => ("chip", "state-replenish"),
        };
        let sign = match state.sign() {
            '√' => '✓',
            'x' => '×',
            sign => sign,
        };
        Mark { class, sign, key }
    }
}
