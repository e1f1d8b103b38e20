use super::connection::Connection;

/// The connections of a worker, each at a place that has a number.
///
/// A place is used again; what the system says about a connection that is gone is told apart by the
/// round in which the place was taken.
#[derive(Default)]
pub(super) struct Table {
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Default)]
struct Place {
    round: u32,
    connection: Option<Connection>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Takes a connection in; where it is.
    pub(super) fn insert(&mut self, connection: Connection) -> usize {
        let at = match self.free.pop() {
            Some(at) => at as usize,
            None => {
                self.places.push(Place::default());
                self.places.len() - 1
            }
        };
        let place = &mut self.places[at];
        place.round = place.round.wrapping_add(1);
        place.connection = Some(connection);
        at
    }

    pub(super) fn remove(&mut self, at: usize) -> Option<Connection> {
        let removed = self.places.get_mut(at)?.connection.take();
        if removed.is_some() {
            self.free.push(at as u32);
        }
        removed
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Connection> {
        self.places.get_mut(at)?.connection.as_mut()
    }

    /// What the system is told to call the connection at a place.
    pub(super) fn token(&self, at: usize) -> u64 {
        u64::from(self.places[at].round) << 32 | at as u64
    }

    /// The place a token means, while its connection is there.
    pub(super) fn place(&self, token: u64) -> Option<usize> {
        let at = token as u32 as usize;
        let place = self.places.get(at)?;
        (place.connection.is_some() && u64::from(place.round) == token >> 32).then_some(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Connection)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(at, place)| Some((at, place.connection.as_ref()?)))
    }
}
