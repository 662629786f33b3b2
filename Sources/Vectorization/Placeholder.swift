enum PlaceholderVectorization {}
