enum PlaceholderQdrant {}
