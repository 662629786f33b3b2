enum PlaceholderFloatJSON {}
