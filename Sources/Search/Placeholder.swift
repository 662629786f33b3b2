enum PlaceholderSearch {}
