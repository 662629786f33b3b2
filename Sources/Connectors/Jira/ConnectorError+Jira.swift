extension ConnectorError {
    /// An answer that lacks what all of its kind have: Jira has changed, or something else answers in its place.
    static func changed(_ path: String, of url: SourceURL, unit: String) -> ConnectorError {
        ConnectorError(
            .dataFormat,
            unit: unit,
            message:
                "\(url.path) answered without `\(path)`: check that base_url is the Jira site's address; if it is, the shape of "
                + "Jira's answers has changed and Pulse must be updated",
            isChangedShape: true
        )
    }
}
