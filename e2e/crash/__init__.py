"""kill -9 at random moments under announces and posts: nothing that was acknowledged may be gone."""
