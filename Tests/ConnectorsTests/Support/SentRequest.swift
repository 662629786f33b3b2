import HTTPTransport

/// The transport's own types, where a test also sees those of the server.
typealias SentRequest = HTTPRequest
typealias GivenResponse = HTTPResponse
