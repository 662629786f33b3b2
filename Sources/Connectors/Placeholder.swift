enum PlaceholderConnectors {}
