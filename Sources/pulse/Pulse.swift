import ArgumentParser
import AsyncHTTPTransport
import Hummingbird
@main struct P { static func main() {} }
