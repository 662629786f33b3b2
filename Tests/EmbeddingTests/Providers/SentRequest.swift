import HTTPTransport

// The server that plays providers knows other types of the same names.
typealias SentRequest = HTTPRequest
typealias SentAnswer = HTTPResponse
