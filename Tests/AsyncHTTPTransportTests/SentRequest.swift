import HTTPTransport

// The server of these tests knows another type of the same name.
typealias SentRequest = HTTPRequest
